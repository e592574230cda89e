"""Small set operations on masks that more than one module needs."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Mask


@cache
def square(radius: int) -> NDArray[np.uint8]:
    """A square window of side 2 * radius + 1 for `cv2`, shared: not to be changed."""
    return np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)


def grown(mask: Mask, radius: int) -> Mask:
    """The mask and everything within `radius` pixels of it, diagonals counting as one."""
    return cv2.dilate(mask.view(np.uint8), square(radius)).view(np.bool_)


def opened(mask: Mask, radius: int) -> Mask:
    """The parts of a mask that hold a whole square window."""
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, square(radius)), np.bool_)


def connected(mask: Mask, seed: Mask) -> Mask:
    """The 4-connected parts of a mask that hold a pixel of the seed."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    held = np.zeros(int(labels.max()) + 1, bool)
    held[labels[seed & mask]] = True
    return np.asarray(held[labels], np.bool_)


def border(shape: tuple[int, ...]) -> Mask:
    """The outermost pixels of a picture of a shape (height, width)."""
    frame = np.ones(shape[:2], np.bool_)
    frame[1:-1, 1:-1] = False
    return frame


def nearest(mask: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of the mask's pixel that is nearest to each pixel. The mask must not be empty."""
    _, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    where = np.zeros(int(labels.max()) + 1, np.intp)
    where[labels[mask]] = np.flatnonzero(mask)
    rows, columns = np.divmod(where[labels], mask.shape[1])
    return rows, columns
