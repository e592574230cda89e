"""Lengths and areas that follow the size of the frame. They are given for a shorter side of 512 pixels."""

import math

import numpy as np

from bench.matting.case import Mask, Plane
from popcon.imaging.masks import grown

VISIBLE = 0.1
"""An alpha above it is seen: the support of an effect, a false blob."""
TRACE = 0.02
"""An alpha above it is more than rounding: where the truth has something at all."""

Window = tuple[slice, slice]


def scale(shape: tuple[int, ...]) -> float:
    """The shorter side of a shape (height, width, ...) over 512."""
    return min(shape[:2]) / 512


def pixels(length: float, shape: tuple[int, ...]) -> int:
    """A length on a frame of this shape, in whole pixels, at least 1."""
    return max(1, round(length * scale(shape)))


def near(mask: Mask, length: float) -> Mask:
    """The mask and what lies within `length` pixels of it, diagonals counting as one."""
    return grown(mask, pixels(length, mask.shape))


def window(mask: Mask, margin: int) -> Window | None:
    """The box of a mask with a margin, within the frame. None where the mask is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, left = max(0, rows[0] - margin), max(0, columns[0] - margin)
    return slice(top, rows[-1] + margin + 1), slice(left, columns[-1] + margin + 1)


def mean_where(values: Plane, mask: Mask) -> float:
    """The mean of the values in the mask, NaN where the mask is empty."""
    return float(values[mask].mean(dtype=np.float64)) if mask.any() else math.nan
