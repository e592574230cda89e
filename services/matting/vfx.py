"""The rescue: effects (sparks, tears, hearts, glows) that a matte dropped are put back.

A matte that looks for the character tends to lose what floats around it. On a plain background the loss can be seen:
regions that differ from the background while the alpha there does not hold them. Each such region is measured and
judged: an effect is put back as opaque as it is (`rescue.opacity` states the formula and its source), dirt stays out
(noise, what compression leaves around edges, specks, lines along the border, floor shadows).

Two things of the matte itself are mended: holes that it has inside the character, and floor shadows that it kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from popcon.errors import InvalidRequest
from popcon.imaging.arrays import Box, Mask, Pixels, Plane
from popcon.imaging.background import Background
from services.matting.rescue import (
    candidates,
    completion,
    evidence,
    features,
    ground,
    judge,
    net,
    opacity,
    shadows,
    track,
)
from services.matting.rescue.candidates import Candidates
from services.matting.rescue.evidence import Evidence
from services.matting.rescue.features import Measures
from services.matting.rescue.groups import Values
from services.matting.rescue.parts import Indices
from services.matting.rescue.track import Heard

CERTAIN = 0.5
"""A score from which a candidate is an effect."""


@dataclass(frozen=True)
class Element:
    """An effect that a matte dropped. `mask`: HxW. `box`: left, top, right, bottom, pixels, right and bottom exclusive.
    `score`: 0..1, how certain it is that it is one. `evidence`: "colour", "contrast" or "softness", what speaks for it
    most."""

    mask: Mask
    box: Box
    score: float
    evidence: str


@dataclass(frozen=True)
class Rescue:
    """`alpha`: HxW float32 0..1. `elements`: what was put back. `background`: of the frame."""

    alpha: Plane
    elements: tuple[Element, ...]
    background: Background


@dataclass(frozen=True)
class Survey:
    """A frame with everything that is known of it before anything is decided. `shadow`: flat indices of floor shadows,
    which the matte no longer holds."""

    image: Pixels
    matte: Plane
    seen: Evidence
    shadow: Indices
    found: Candidates
    measures: Measures | None
    scores: Values


def rescue_vfx_elements(image: Pixels, alpha: Plane) -> Plane:
    """The alpha with dropped effects put back: HxW float32 0..1.

    `image`: HxWx3 uint8 RGB, a frame on a plain background. `alpha`: HxW float32 0..1, its matte. Neither is changed.
    Raises `InvalidRequest` for other types, shapes or values.
    """
    known = survey(image, alpha)
    return _restored(known, _alone(known))


def find_vfx_elements(image: Pixels, alpha: Plane) -> tuple[Element, ...]:
    """The effects of a frame that its matte dropped. Arguments and errors are those of `rescue_vfx_elements`."""
    return rescue(image, alpha).elements


def rescue_vfx_clip(frames: Sequence[Pixels], alphas: Sequence[Plane]) -> list[Plane]:
    """The alphas of a clip, a closed loop of frames of one size, with dropped effects put back. What is an effect is
    decided with the frames before and after. Arguments and errors are those of `rescue_vfx_elements`, per frame."""
    return [_restored(known, told) for known, told in _surveyed(frames, alphas)]


def rescue(image: Pixels, alpha: Plane) -> Rescue:
    """As `rescue_vfx_elements`, with what was put back."""
    known = survey(image, alpha)
    return _decided(known, _alone(known))


def rescue_clip(frames: Sequence[Pixels], alphas: Sequence[Plane]) -> list[Rescue]:
    """As `rescue_vfx_clip`, with what was put back."""
    return [_decided(known, told) for known, told in _surveyed(frames, alphas)]


def survey(image: Pixels, alpha: Plane) -> Survey:
    """What is known of a frame. Arguments and errors are those of `rescue_vfx_elements`."""
    _check(image, alpha)
    image, alpha = np.ascontiguousarray(image), np.ascontiguousarray(alpha)
    seen = evidence.gather(image, alpha)
    matte = alpha.copy()
    matte.ravel()[completion.lost(seen, alpha)] = 1.0
    shadow = shadows.floor_shadows(image, matte, seen)
    matte.ravel()[shadow] = 0.0
    matte.ravel()[shadows.haze(matte, seen)] = 0.0
    found = candidates.find(seen, matte, shadow)
    if not found.groups.count:
        return Survey(image, matte, seen, shadow, found, None, np.zeros(0))
    measures = features.measure(image, matte, seen, found)
    return Survey(image, matte, seen, shadow, found, measures, judge.judge(measures))


def _alone(known: Survey) -> Heard:
    """What a frame says of its candidates by itself."""
    shares = judge.share(known.measures) if known.measures else known.scores
    return Heard(known.scores, shares, np.ones_like(shares))


def _decided(known: Survey, told: Heard) -> Rescue:
    return Rescue(_restored(known, told), _elements(known, told.scores), known.seen.background)


def _surveyed(frames: Sequence[Pixels], alphas: Sequence[Plane]) -> list[tuple[Survey, Heard]]:
    """Every frame of a clip with what all frames say of its candidates."""
    if len(frames) != len(alphas):
        raise InvalidRequest(f"There are {len(frames)} frames and {len(alphas)} alphas.", field="alphas")
    surveys = [survey(image, alpha) for image, alpha in zip(frames, alphas, strict=True)]
    looks = [each.measures.looks() if each.measures else np.zeros((0, 7)) for each in surveys]
    return list(zip(surveys, track.heard([_alone(each) for each in surveys], looks), strict=True))


def without_refused(known: Survey, wanted: NDArray[np.bool_]) -> Plane:
    """The matte without what it holds, beyond its rim, of the candidates that are not wanted."""
    found, matte = known.found, known.matte.copy()
    refused = found.groups.only(~wanted).pixels
    matte.ravel()[refused[found.distance.ravel()[refused] > found.rim]] = 0.0
    return matte


def _restored(known: Survey, told: Heard) -> Plane:
    """The matte with the candidates put back that are certain, and without what it holds of the others."""
    if known.measures is None:
        return known.matte
    wanted = told.scores >= CERTAIN
    matte = without_refused(known, wanted)
    if not wanted.any():
        return matte
    groups, traits = known.found.groups.only(wanted), net.traits(known.measures, told.shares)[wanted]
    edged = (known.measures["hardness"] >= features.SOFT)[wanted]
    seen = ground.shaded(known.image, known.seen, known.shadow, groups)
    return opacity.restored(known.image, matte, seen, groups, traits, told.fade[wanted], edged)


def _elements(known: Survey, scores: Values) -> tuple[Element, ...]:
    groups = known.found.groups
    if known.measures is None:
        return ()
    pixels, kinds = np.split(groups.pixels, groups.starts[1:]), known.measures.evidence()
    boxes = known.measures.boxes.tolist()
    return tuple(
        Element(_mask(groups.shape, pixels[index]), (*boxes[index],), float(scores[index]), kinds[index])
        for index in np.flatnonzero(scores >= CERTAIN).tolist()
    )


def _mask(shape: tuple[int, int], pixels: Indices) -> Mask:
    out = np.zeros(shape, np.bool_)
    out.ravel()[pixels] = True
    return out


def _check(image: Pixels, alpha: Plane) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InvalidRequest("The image must be an HxWx3 array of uint8.", field="image")
    if not isinstance(alpha, np.ndarray) or alpha.dtype != np.float32 or alpha.shape != image.shape[:2]:
        raise InvalidRequest(
            "The alpha must be an HxW array of float32 of the image's height and width.", field="alpha"
        )
    if alpha.size == 0 or not (alpha.min() >= 0.0 and alpha.max() <= 1.0):
        raise InvalidRequest("The alpha must hold at least one value, all of them within 0 and 1.", field="alpha")
