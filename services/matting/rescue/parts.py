"""The rectangle of a frame that a step has to look at. Fresh memory costs more than work does, so steps take as little
of the frame as they can."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Mask, Plane

Indices = NDArray[np.intp]
"""Flat indices of pixels of a frame."""


@dataclass(frozen=True)
class Part:
    """Rows `top` to `bottom` and columns `left` to `right` (exclusive) of a frame that is `width` pixels wide."""

    top: int
    bottom: int
    left: int
    right: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def pixels(self, mask: Mask) -> Indices:
        """Where a mask of the part is set, as indices of the frame."""
        return self.flat(np.flatnonzero(mask))

    def flat(self, pixels: Indices) -> Indices:
        """Flat indices of the part as such of the frame."""
        own = self.right - self.left
        # Dividing with a remainder takes several times as long.
        return np.asarray(pixels + pixels // own * (self.width - own) + (self.top * self.width + self.left), np.intp)


def part_of(mask: Mask, margin: int) -> Part | None:
    """What holds all of a mask, HxW, and a margin of pixels around it; None where the mask is empty."""
    height, width = mask.shape
    left, top, columns, rows = cv2.boundingRect(mask.view(np.uint8))
    if not columns:
        return None
    return Part(
        max(0, top - margin),
        min(height, top + rows + margin),
        max(0, left - margin),
        min(width, left + columns + margin),
        width,
    )


def depth(mask: Mask) -> Plane:
    """HxW float32, 0 off a mask, on it pixels to the nearest pixel off it (3x3 chamfer)."""
    out = np.zeros(mask.shape, np.float32)
    part = part_of(mask, 1)
    if part is not None:
        cv2.distanceTransform(mask[part.slices].view(np.uint8), cv2.DIST_L2, 3, dst=out[part.slices])
    return out
