"""How opaque what is put back is.

A region with a hard edge is opaque inside, and at its edge as opaque as its colour there comes near to the colour just
within (`alpha_of` of `popcon.imaging.unmix` for a known foreground). A region that melts away has no such colour: its
alpha lies between the smallest that explains it and the one that makes its densest pixel opaque; the geometric mean of
both is taken, as glows are seldom of a pure colour and seldom opaque.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Mask, Pixels, Plane
from services.matting.rescue import rooms
from services.matting.rescue.candidates import HELD
from services.matting.rescue.evidence import Evidence, Levels
from services.matting.rescue.groups import Groups, Values

_NEAR = 11  # pixels: side of the window in which an edge finds the colour within
_DEEP = 2.0  # pixels
_SOLID = 0.6
_GAP = 10  # pixels
_STEP, _STEPS = 4, 3  # pixels, times
_SEEN = 4  # levels
_LIKE = .2
_BESIDE = 0.15
_THIN = 3.5  # pixels from the edge
_ENCLOSED = 0.6
_ROOM = 0.06  # of the frame
_LEAST = 0.04
_WHITE = 246
_BLURRED = 0.22
_PALE = 0.12


def opacity(image: Pixels, alpha: Plane, evidence: Evidence, wanted: Groups, shares: Values) -> Plane:
    """HxW float32 0..1: the alpha of the wanted candidates, 0 elsewhere. `shares`: the mean opacity of each, 0..1."""
    kept = wanted.labels > 0
    held = (alpha >= HELD).view(np.uint8)
    beside = cv2.dilate(held, np.ones((2 * _GAP + 1, 2 * _GAP + 1), np.uint8)) > held
    spread = _spread(image, evidence, kept, beside)
    # What is thin shows its own colour nowhere for certain, and would melt for that alone.
    deep = cv2.distanceTransform(kept.view(np.uint8), cv2.DIST_L2, 3)
    solid = _labelled(wanted, (shares >= _SOLID) | (wanted.most(wanted.at(deep)) <= _THIN))
    made = np.maximum(_hard(solid | spread, evidence.size), np.where(solid, 0.0, _melting(evidence, wanted, shares)))
    made = np.maximum(made, rooms.filled(image, alpha >= HELD, evidence, kept | spread))
    made[made < _LEAST] = 0.0
    return np.asarray(made, np.float32)


def _spread(image: Pixels, evidence: Evidence, kept: Mask, free: Mask) -> Mask:
    """What lies beside kept pixels and is of their colour, though dirt might explain it there."""
    if not kept.any():
        return kept
    rows, columns = (np.flatnonzero(kept.any(axis=axis)) for axis in (1, 0))
    margin = _STEPS * _STEP
    part = np.s_[max(0, rows[0] - margin) : rows[-1] + margin + 1, max(0, columns[0] - margin) : columns[-1] + margin + 1]
    shift = cv2.subtract(image[part], np.ascontiguousarray(evidence.background.field[part]), dtype=cv2.CV_32F)
    near, found = free[part] & (evidence.size[part] > _SEEN), kept[part]
    for _ in range(_STEPS):
        weight = found.astype(np.float32)
        share = cv2.blur(weight, (2 * _STEP + 1, 2 * _STEP + 1))
        colour = cv2.blur(shift * weight[..., None], (2 * _STEP + 1, 2 * _STEP + 1)) / np.maximum(share, 1e-3)[..., None]
        apart = np.abs(shift - colour).max(axis=2) < _LIKE * np.abs(colour).max(axis=2)
        found = found | (near & (share > _BESIDE) & apart)
    out = np.zeros_like(kept)
    out[part] = found & ~kept[part]
    return out


def _labelled(groups: Groups, chosen: NDArray[np.bool_]) -> Mask:
    return np.asarray(np.concatenate([[False], chosen])[groups.labels], np.bool_)


def _hard(kept: Mask, size: Levels) -> Plane:
    """Opaque within, and at the edge as near as the colour comes to the one within."""
    within = np.where(kept, size, np.uint8(0))
    near = cv2.dilate(within, np.ones((_NEAR, _NEAR), np.uint8))
    deep = cv2.distanceTransform(kept.view(np.uint8), cv2.DIST_L2, 3)
    skirt = cv2.dilate(kept.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    edge = size / np.maximum(near, 1).astype(np.float32)
    rim = np.clip((edge - _BLURRED) / (1.0 - 2.0 * _BLURRED), 0.0, 1.0)
    return np.where((deep > _DEEP) & (edge > _PALE), np.float32(1.0), np.where(skirt, rim, np.float32(0.0)))


def _melting(evidence: Evidence, wanted: Groups, shares: Values) -> Plane:
    """In proportion to the distance from the background, as it is for one colour seen more or less through."""
    size = wanted.at(evidence.size)
    mean = wanted.total(size) / wanted.total(np.ones(len(size)))
    out = np.zeros(wanted.labels.shape, np.float32)
    out.ravel()[wanted.pixels] = np.minimum(1.0, size * (shares / np.maximum(mean, 1.0))[wanted.of])
    return out
