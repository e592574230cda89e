"""Which effects a matte shows.

Of each effect only what lies off the character is judged: on the character the matte is opaque in any case. An effect
with less than 4 pixels and an alpha mass of 1 there is not counted (areas and lengths for a shorter side of 512).

`back` = sum(min(out, truth)) / sum(truth) over the effect's own pixels off the character. The minimum keeps an alpha
that is too large somewhere from making up for one that is missing elsewhere.

`overlap` = intersection over union of the supports in the effect's neighbourhood: its support grown by 4 pixels, less
the character with 2 pixels around it (a model's edge is blurred) and less the supports of other effects, unless the
effect itself covers them. Support is alpha > 0.1. A glow that is nowhere much denser has its support where it is above
0.4 of its densest, so that its core counts and not only its last pixels.

An effect is back where `back` >= 0.6 and `overlap` >= 0.5. It is missed where the model's matte has `back` < 0.5.
"""

from dataclasses import dataclass

import numpy as np

from bench.matting.case import Case, Effect, Mask, Plane
from bench.matting.geometry import TRACE, VISIBLE, near, pixels, scale, window
from popcon.imaging.masks import grown

_AROUND = 4.0
_EDGE = 2.0
_LEAST_AREA = 4.0
_LEAST_MASS = 1.0
_MISSED = 0.5
_BACK = 0.6
_OVERLAP = 0.5
_OF_PEAK = 0.4


@dataclass(frozen=True)
class Instance:
    """What became of an effect. `missed`: the model's matte had lost it. `back`, `overlap`: 0..1."""

    kind: str
    key: int
    missed: bool
    back: float
    overlap: float

    @property
    def recovered(self) -> bool:
        """Whether the effect is there."""
        return self.back >= _BACK and self.overlap >= _OVERLAP


@dataclass(frozen=True)
class _Others:
    """What an effect is seen beside, each HxW. `hidden`: opaque character. `edge`: with what its blur reaches.
    `effects`: how many effects show at each pixel."""

    hidden: Mask
    edge: Mask
    effects: Plane


def instances(case: Case, out: Plane, before: Plane) -> tuple[Instance, ...]:
    """One entry per effect that can be judged, in the case's order. `out`, `before`: HxW float32 0..1, after and
    before a method."""
    hidden = case.character > TRACE
    counts = np.sum([effect.alpha > VISIBLE for effect in case.effects], axis=0, dtype=np.float32)
    others = _Others(hidden, near(case.character > VISIBLE, _EDGE), np.asarray(counts, np.float32))
    found = (_instance(effect, others, out, before) for effect in case.effects)
    return tuple(each for each in found if each)


def _instance(effect: Effect, others: _Others, out: Plane, before: Plane) -> Instance | None:
    shape = effect.alpha.shape
    box = window(effect.alpha > TRACE, pixels(_AROUND, shape) + 1)
    if box is None:
        return None
    seen, hidden = effect.alpha[box], others.hidden[box]
    truth = np.where(hidden, np.float32(0.0), seen)
    level = min(VISIBLE, _OF_PEAK * float(truth.max()))
    support = truth > level
    mass = float(truth.sum(dtype=np.float64))
    if support.sum() < _LEAST_AREA * scale(shape) ** 2 or mass < _LEAST_MASS * scale(shape) ** 2:
        return None
    alone = others.effects[box] - (seen > VISIBLE) <= 0
    around = grown(support, pixels(_AROUND, shape)) & ~others.edge[box] & alone
    judged = support | around
    shown = (out[box] > level) & judged
    union = float((shown | support).sum())
    return Instance(
        kind=effect.kind,
        key=effect.key,
        missed=_share(before[box], truth, mass) < _MISSED,
        back=_share(out[box], truth, mass),
        overlap=float((shown & support).sum()) / union,
    )


def _share(out: Plane, truth: Plane, mass: float) -> float:
    return float(np.minimum(out, truth).sum(dtype=np.float64)) / mass
