"""How steady a method is over a clip.

Flicker = sum of |(out_t - out_t-1) - (truth_t - truth_t-1)| over the pixels and frames of a clip, over the sum of the
effects' true alpha in the same frames: the change of the alpha that the picture does not have, in shares of the effect
mass. 0 is perfect; an effect that blinks in and out every frame adds 1. `effects`: within 6 pixels of an effect (for a
shorter side of 512) of either frame, less the character. `everywhere`: the whole frame, dirt that comes and goes and
the character's edge included. NaN where a clip has no effect or no second frame.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.matting.case import Case, ClipCase, Plane
from bench.matting.measures import Score, effect_region, score


@dataclass(frozen=True)
class Flicker:
    """Shares of the effect mass, see the module."""

    effects: float
    everywhere: float


@dataclass(frozen=True)
class ClipScore:
    """A method on a clip. `frames`: each on its own."""

    clip: str
    flicker: Flicker
    frames: tuple[Score, ...]


def score_clip(clip: ClipCase, outs: Sequence[Plane]) -> ClipScore:
    """Compares a method's mattes (HxW float32 0..1, one per frame) with the truth."""
    frames = tuple(score(case, out) for case, out in zip(clip.frames, outs, strict=True))
    return ClipScore(clip.name, flicker(clip, outs), frames)


def flicker(clip: ClipCase, outs: Sequence[Plane]) -> Flicker:
    """The unexplained change of the mattes, one per frame."""
    by_effects = everywhere = mass = 0.0
    for (last, case), (old, new) in zip(itertools.pairwise(clip.frames), itertools.pairwise(outs), strict=True):
        change = np.abs((new - old) - (case.alpha - last.alpha))
        by_effects += float(change[effect_region(last) | effect_region(case)].sum(dtype=np.float64))
        everywhere += float(change.sum(dtype=np.float64))
        mass += _mass(case)
    return Flicker(by_effects / mass, everywhere / mass) if mass else Flicker(math.nan, math.nan)


def _mass(case: Case) -> float:
    return float(sum(effect.alpha.sum(dtype=np.float64) for effect in case.effects))
