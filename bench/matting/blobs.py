"""False blobs: what a matte shows where the truth has nothing.

Lengths and areas are for a shorter side of 512 pixels. A pixel is false where out > 0.1 and no truth (alpha > 0.02)
lies within 3 pixels: nearer than that, edges may be blurred. False pixels that touch, diagonals included, are a blob,
and it counts from an area of 4 pixels and an alpha mass of 1. What the model's matte already showed counts as well.

Its cause is the first of these that holds:
- a kind of dirt of the case that, grown by 2 pixels, covers at least a quarter of it (the one that covers most);
- "hole": half of it is background that the character encloses, such as between an arm and the body;
- "compression": it comes within 16 pixels of the truth, as ringing, blocking and bled colour do;
- "gradient": half of it is where the background differs from the frame's median by 8 levels or more;
- "noise": anything else.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.matting.case import Case, Mask, Plane
from bench.matting.geometry import TRACE, VISIBLE, near, scale
from popcon.imaging.masks import border, connected

_TOLERANCE = 3.0
_LEAST_AREA = 4.0
_LEAST_MASS = 1.0
_DIRT_AROUND = 2.0
_DIRT_SHARE = 0.25
_HALF = 0.5
_RINGING = 16.0
_LEVELS = 8.0

CAUSES = ("shadow", "border line", "specks", "smudge", "checkerboard", "hole", "compression", "gradient", "noise")


@dataclass(frozen=True)
class Blob:
    """`area`: pixels. `mass`: sum of the alpha. `middle`: x, y in pixels."""

    cause: str
    area: int
    mass: float
    middle: tuple[float, float]


def false_blobs(case: Case, out: Plane) -> tuple[Blob, ...]:
    """The false blobs of an HxW float32 matte (0..1), from the top of the frame to its bottom."""
    false = (out > VISIBLE) & ~near(case.alpha > TRACE, _TOLERANCE)
    count, labels, stats, middles = cv2.connectedComponentsWithStats(false.astype(np.uint8), connectivity=8)
    mass = np.bincount(labels.ravel(), out.ravel(), count)
    unit = scale(out.shape) ** 2
    area = stats[:, cv2.CC_STAT_AREA]
    counts = (area >= _LEAST_AREA * unit) & (mass >= _LEAST_MASS * unit)
    counts[0] = False
    chosen = np.flatnonzero(counts)
    if not len(chosen):
        return ()
    causes = _causes(case, np.asarray(labels, np.int32), np.asarray(area, np.float64))
    return tuple(
        Blob(causes[label], int(area[label]), float(mass[label]), (float(middles[label][0]), float(middles[label][1])))
        for label in chosen.tolist()
    )


def _causes(case: Case, labels: NDArray[np.int32], area: NDArray[np.float64]) -> list[str]:
    """The cause of every label; label 0 means nothing."""

    def shares(mask: Mask) -> NDArray[np.float64]:
        return np.bincount(labels[mask], minlength=len(area)) / area

    causes = np.full(len(area), "noise", dtype=object)
    levels = np.abs(case.background - np.median(case.background, axis=(0, 1))).max(axis=2)
    causes[shares(levels >= _LEVELS) >= _HALF] = "gradient"
    causes[shares(near(case.alpha > VISIBLE, _RINGING)) > 0] = "compression"
    causes[shares(_enclosed(case.character)) >= _HALF] = "hole"
    most = np.full(len(area), _DIRT_SHARE)
    for cause, mask in case.dirt.items():
        share = shares(near(mask, _DIRT_AROUND))
        causes[share >= most] = cause
        most = np.maximum(most, share)
    return causes.tolist()


def _enclosed(character: Plane) -> Mask:
    """Background that is not connected to the frame's border."""
    outside = character <= _HALF
    return outside & ~connected(outside, border(character.shape))
