"""Steadying: the alphas of a clip without the changes for which its frames give no reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Mask, Pixels, Plane
from popcon.imaging.masks import grown, square

_CHANGED = 4.0  # grey levels between frames, on a clip without noise
_NOISE_FACTOR = 4.0
_NEAR_MOTION = 2  # pixels
_STRONG = 0.25  # of alpha: such a change is either a hole that flickers or something that moved
_FAINT = 0.02  # of alpha: less is nothing
_SPECK = 9  # pixels, on a frame of 512
_ALONE = 4  # pixels around a speck without anything else
_SAME_PLACE = 3  # pixels
_LEAP = 0.05  # of the shorter side: how far a dot moves from frame to frame


def stabilise(frames: Sequence[Pixels], alphas: Sequence[Plane]) -> list[Plane]:
    """The alphas (HxW float32, 0..1) of HxWx3 uint8 frames without flicker and stray specks. Inputs are not changed.

    The clip repeats: its last frame comes before its first. Where three frames in a row show the same, the alpha is
    the median of theirs, evened out; where the picture moves it stays as it is. Specks that no neighbouring frame
    knows are dropped. Fewer than three frames say nothing about each other.
    """
    count = len(frames)
    if count < 3 or len(alphas) != count:
        return [alpha.copy() for alpha in alphas]
    smooth = [np.asarray(cv2.blur(frame, (3, 3)), np.uint8) for frame in frames]
    moved = [_moved(smooth[i], smooth[(i + 1) % count]) for i in range(count)]
    moving = [moved[i - 1] | moved[i] for i in range(count)]
    steady = _without_specks(alphas)
    steady = [_calmed(now, _median(*three), moving[i]) for i, (now, three) in enumerate(_threes(steady))]
    return [_calmed(now, _mean(*three), moving[i]) for i, (now, three) in enumerate(_threes(steady))]


def _threes(planes: Sequence[Plane]) -> list[tuple[Plane, tuple[Plane, Plane, Plane]]]:
    count = len(planes)
    return [(planes[i], (planes[i - 1], planes[i], planes[(i + 1) % count])) for i in range(count)]


def _moved(before: Pixels, after: Pixels) -> Mask:
    """Where two frames differ by more than their noise, and just around."""
    red, green, blue = cv2.split(cv2.absdiff(before, after))
    change = cv2.max(cv2.max(red, green), blue)
    # Most of a frame is background, and stands still.
    noise = float(np.median(change[::4, ::4]))
    return grown(change > _CHANGED + _NOISE_FACTOR * noise, _NEAR_MOTION)


def _median(before: Plane, now: Plane, after: Plane) -> Plane:
    return np.asarray(cv2.max(cv2.min(before, now), cv2.min(cv2.max(before, now), after)), np.float32)


def _mean(before: Plane, now: Plane, after: Plane) -> Plane:
    return np.asarray(0.25 * before + 0.5 * now + 0.25 * after, np.float32)


def _calmed(now: Plane, wanted: Plane, moving: Mask) -> Plane:
    """The wanted alpha where nothing moves. A strong change that reaches into motion is motion as a whole: white on
    white looks the same in every frame."""
    strong = np.asarray(cv2.absdiff(now, wanted) > _STRONG, np.uint8)
    kept = moving
    if strong.any():
        _, labels = cv2.connectedComponents(strong, connectivity=8)
        tied = np.zeros(int(labels.max()) + 1, np.bool_)
        tied[labels[moving]] = True
        tied[0] = False
        kept = moving | tied[labels]
    return np.where(kept, now, wanted)


@dataclass(frozen=True)
class _Specks:
    """`labels`: HxW int32. `small`: per label, whether it is a speck. `mask`: HxW, all specks."""

    labels: NDArray[np.int32]
    small: Mask
    mask: Mask


def _without_specks(alphas: Sequence[Plane]) -> list[Plane]:
    specks = [_specks(alpha) for alpha in alphas]
    count = len(alphas)
    cleaned = []
    for i, (alpha, found) in enumerate(zip(alphas, specks, strict=True)):
        near = (i - 1) % count, (i + 1) % count
        stray = found.small.copy()
        if stray.any():
            leap = max(2, round(_LEAP * min(alpha.shape)))
            known = grown(specks[near[0]].mask | specks[near[1]].mask, leap)
            known |= grown((alphas[near[0]] > _FAINT) | (alphas[near[1]] > _FAINT), _SAME_PLACE)
            stray[found.labels[known]] = False
        cleaned.append(np.where(stray[found.labels], np.float32(0.0), alpha) if stray.any() else alpha)
    return cleaned


def _specks(alpha: Plane) -> _Specks:
    """What is tiny and alone."""
    seen = np.asarray(alpha > _FAINT, np.uint8)
    _, found, stats, _ = cv2.connectedComponentsWithStats(seen, connectivity=8)
    labels = np.asarray(found, np.int32)
    small = stats[:, cv2.CC_STAT_AREA] <= _SPECK * max(1.0, (min(alpha.shape) / 512) ** 2)
    small[0] = False
    if small.any():
        large = np.asarray(~small, np.uint8)
        large[0] = 0
        small[labels[cv2.dilate(large[labels], square(_ALONE)) > 0]] = False
    return _Specks(labels, small, small[labels] if small.any() else np.zeros(alpha.shape, np.bool_))
