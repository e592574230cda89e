"""The soft rim of a figure whose mask is known, by unmixing against the colours just behind it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging import unmix
from popcon.imaging.arrays import Mask, Pixels, Plane
from popcon.imaging.background import Background
from popcon.imaging.masks import square

_RIM = 3  # pixels, on a picture of 512
_WIDEST_RIM = 6  # however large the picture is: edges do not blur with size
_COLLINEAR = 6.0  # grey levels by which a rim pixel may miss the line between background and foreground
_RAYS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))

_Places = tuple[NDArray[np.intp], NDArray[np.intp]]


def rim_alpha(rgb: Pixels, background: Background, inside: Mask) -> Plane:
    """HxW float32 0..1: 0 outside the mask, 1 from a few pixels inwards, unmixed between.

    The foreground colour of a rim pixel is taken from the pixels around it that lie at least as deep: the one that
    leaves it the smallest alpha among those whose mixture with the background gives its colour.
    """
    alpha = inside.astype(np.float32)
    depth = _depth(inside)
    rim = min(max(2, round(_RIM * min(rgb.shape[:2]) / 512)), _WIDEST_RIM)
    for layer in range(1, rim + 1):
        rows, columns = np.nonzero((depth > layer - 1) & (depth <= layer))
        places = rows, columns
        mixed = _mixed_alpha(rgb, background, depth, places, rim)
        # Coverage never falls on the way in; without this, what is paler than its own outline would turn clear.
        if layer > 1:
            mixed = np.maximum(mixed, _outer(alpha, depth, layer)[places])
        alpha[places] = mixed
    return alpha


def _depth(inside: Mask) -> Plane:
    """Pixels to the nearest one outside; the border of the picture is no outside."""
    return np.asarray(cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


def _outer(alpha: Plane, depth: Plane, layer: int) -> Plane:
    """The largest alpha among each pixel's neighbours in the layers further out."""
    return np.asarray(cv2.dilate(np.where(depth <= layer - 1, alpha, 0.0), square(1)), np.float32)


def _mixed_alpha(rgb: Pixels, background: Background, depth: Plane, places: _Places, reach: int) -> Plane:
    """Alpha of the pixels at `places`, by the best foreground colour along eight rays of `reach` pixels."""
    rows, columns = places
    height, width = depth.shape
    behind = background.field[places]
    colour = rgb[places].astype(np.float32)
    best = np.full(len(rows), np.inf, np.float32)
    alpha = np.ones(len(rows), np.float32)
    for y, x in _RAYS:
        for step in range(1, reach + 1):
            at = np.clip(rows + y * step, 0, height - 1), np.clip(columns + x * step, 0, width - 1)
            foreground = rgb[at].astype(np.float32)
            share = unmix.alpha_of(colour, behind, foreground)
            miss = np.abs(behind + share[:, None] * (foreground - behind) - colour).max(axis=1)
            # Within the tolerance the smaller alpha wins; outside it the smaller miss.
            cost = np.where(miss <= _COLLINEAR + background.noise, share, 1.0 + miss)
            better = (depth[at] >= depth[places]) & (cost < best)
            best, alpha = np.where(better, cost, best), np.where(better, share, alpha)
    return alpha
