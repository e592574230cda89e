"""Regions of a frame that its matte does not explain, measured all at once."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Box, Mask, Pixels, Plane
from popcon.imaging.background import Background, difference
from popcon.imaging.keying import threshold

Labels = NDArray[np.int32]
Values = NDArray[np.float64]
_HARD_SLOPE = 0.15  # of a region's peak, per pixel
_HARD_SHARE = 0.05  # of a region's area
_APART = 2.0  # pixels


@dataclass(frozen=True)
class Regions:
    """One entry per label in every array but `labels`; label 0 is the rest of the frame and means nothing.

    `labels`: HxW. `left, top, right, bottom`: box, right and bottom exclusive. `area`: pixels. `middle`: mean row.
    `peak`: largest difference from the background off the matte, grey levels. `reach`: how far the region gets from
    the matte, pixels. `chroma`: 0 where the background changes evenly in all channels, 1 where only in one. `darkens`:
    darker than the background. `soft`: without a hard edge of its own.
    """

    labels: Labels
    left: Values
    top: Values
    right: Values
    bottom: Values
    area: Values
    middle: Values
    peak: Values
    reach: Values
    chroma: Values
    darkens: Mask
    soft: Mask

    def box(self, label: int) -> Box:
        return int(self.left[label]), int(self.top[label]), int(self.right[label]), int(self.bottom[label])


def measure(image: Pixels, alpha: Plane, faint: Plane, background: Background) -> Regions:
    """The regions of an HxWx3 uint8 frame where its alpha explains too little. `faint`: the smallest alpha that would
    explain each pixel."""
    distance = difference(image, background)
    unexplained = distance * (1.0 - np.minimum(1.0, alpha / np.maximum(faint, 1e-3)))
    missing = unexplained > threshold(background)
    labels, stats, middle = _components(missing)
    left, top, width, height, area = stats.T
    count = len(area)
    shift = image - background.field
    mean = np.stack([_sums(labels, shift[..., channel], count) for channel in range(3)], 1) / area[:, None]
    # Next to the matte the character's own edge would pass for the region's.
    from_matte = _distance_to(alpha > 0.5)
    apart = from_matte > _APART
    peak = largest(labels, np.where(apart, distance, np.float32(0.0)), count)
    hard = apart & (_slope(distance) > _HARD_SLOPE * peak[labels])
    return Regions(
        labels=labels,
        left=left,
        top=top,
        right=left + width,
        bottom=top + height,
        area=area,
        middle=middle,
        peak=peak,
        reach=largest(labels, from_matte, count),
        chroma=np.ptp(mean, axis=1) / np.maximum(np.abs(mean).max(axis=1), 1e-6),
        darkens=mean.sum(axis=1) < 0,
        soft=_sums(labels, hard, count) < _HARD_SHARE * _sums(labels, apart, count),
    )


def _components(mask: Mask) -> tuple[Labels, Values, Values]:
    """Labels, their left, top, width, height and area, and their mean rows."""
    _, labels, stats, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return np.asarray(labels, np.int32), np.asarray(stats, np.float64), np.asarray(centres[:, 1], np.float64)


def _slope(distance: Plane) -> Plane:
    """Grey levels per pixel, the steepest of a 3x3 window."""
    window = np.ones((3, 3), np.uint8)
    return np.asarray((cv2.dilate(distance, window) - cv2.erode(distance, window)) / 2.0, np.float32)


def _distance_to(mask: Mask) -> Plane:
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


def _sums(labels: Labels, values: NDArray[np.generic], count: int) -> Values:
    return np.asarray(np.bincount(labels.ravel(), values.ravel().astype(np.float64), count), np.float64)


def largest(labels: Labels, values: Plane, count: int) -> Values:
    """Per label the largest value, 0 where a label has no pixel."""
    out = np.zeros(count)
    np.maximum.at(out, labels.ravel(), values.ravel())
    return out
