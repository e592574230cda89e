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
from services.matting.rescue.candidates import HELD
from services.matting.rescue.evidence import Evidence, Levels
from services.matting.rescue.groups import Groups, Values

_NEAR = 11  # pixels: side of the window in which an edge finds the colour within
_DEEP = 2.0  # pixels
_SOLID = 0.75
_THIN = 3.5  # pixels from the edge
_ENCLOSED = 0.6
_ROOM = 0.06  # of the frame
_LEAST = 0.04
_WHITE = 246
_BLURRED = 0.22


def opacity(image: Pixels, alpha: Plane, evidence: Evidence, wanted: Groups, shares: Values) -> Plane:
    """HxW float32 0..1: the alpha of the wanted candidates, 0 elsewhere. `shares`: the mean opacity of each, 0..1."""
    kept = wanted.labels > 0
    # What is thin shows its own colour nowhere for certain, and would melt for that alone.
    deep = cv2.distanceTransform(kept.view(np.uint8), cv2.DIST_L2, 3)
    solid = _labelled(wanted, (shares >= _SOLID) | (wanted.most(wanted.at(deep)) <= _THIN))
    made = np.maximum(_hard(solid, evidence.size), np.where(solid, 0.0, _melting(evidence, wanted, shares)))
    made[_enclosed(kept, alpha >= HELD) & white(image)] = 1.0
    made[made < _LEAST] = 0.0
    return np.asarray(made, np.float32)


def _labelled(groups: Groups, chosen: NDArray[np.bool_]) -> Mask:
    return np.asarray(np.concatenate([[False], chosen])[groups.labels], np.bool_)


def _hard(kept: Mask, size: Levels) -> Plane:
    """Opaque within, and at the edge as near as the colour comes to the one within."""
    within = np.where(kept, size, np.uint8(0))
    near = cv2.dilate(within, np.ones((_NEAR, _NEAR), np.uint8))
    deep = cv2.distanceTransform(kept.view(np.uint8), cv2.DIST_L2, 3)
    skirt = cv2.dilate(kept.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    edge = size / np.maximum(near, 1).astype(np.float32)
    edge = np.clip((edge - _BLURRED) / (1.0 - 2.0 * _BLURRED), 0.0, 1.0)
    return np.where(deep > _DEEP, np.float32(1.0), np.where(skirt, edge, np.float32(0.0)))


def _melting(evidence: Evidence, wanted: Groups, shares: Values) -> Plane:
    """In proportion to the distance from the background, as it is for one colour seen more or less through."""
    size = wanted.at(evidence.size)
    mean = wanted.total(size) / wanted.total(np.ones(len(size)))
    out = np.zeros(wanted.labels.shape, np.float32)
    out.ravel()[wanted.pixels] = np.minimum(1.0, size * (shares / np.maximum(mean, 1.0))[wanted.of])
    return out


def white(image: Pixels) -> Mask:
    """Where a picture may show white paint."""
    return np.asarray(image.min(axis=2) >= _WHITE, np.bool_)


def _enclosed(kept: Mask, held: Mask) -> Mask:
    """Rooms that the kept regions close off: what an outline holds is of one piece with it, of whatever colour."""
    if not kept.any():
        return kept
    walls = cv2.morphologyEx(kept.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)).view(np.bool_)
    free = ~(walls | held)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(free.view(np.uint8), connectivity=4)
    left, top, width, height, area = stats.T
    rows, columns = kept.shape
    inner = (left > 0) & (top > 0) & (left + width < columns) & (top + height < rows) & (area < _ROOM * kept.size)
    inner[0] = False
    if not inner.any():
        return np.zeros_like(kept)
    room = np.flatnonzero(inner[labels])
    at = labels.ravel()[room]
    window = np.ones((3, 3), np.uint8)
    by_kept = np.bincount(at, cv2.dilate(walls.view(np.uint8), window).ravel()[room], len(stats))
    by_held = np.bincount(at, cv2.dilate(held.view(np.uint8), window).ravel()[room], len(stats))
    inner &= by_kept >= _ENCLOSED * np.maximum(by_kept + by_held, 1)
    return np.asarray(inner[labels] | (walls & ~kept), np.bool_)
