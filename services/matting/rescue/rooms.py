"""Rooms that outlines close off: what an outline holds is of one piece with it.

White paint can look like the background, and a pale fill next to a strong outline like the outline's own dirt, so rooms
are judged by themselves. White is paint. What is tinted as its outline is, only weaker, is seen through (a soap bubble),
as opaque as it is weaker; any other tint is paint. What looks just like a background that is not white stays open.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Mask, Pixels, Plane
from services.matting.rescue.evidence import Evidence
from services.matting.rescue.groups import Groups, Values, grouped

_ENCLOSED = 0.35  # of a room's edge that must not be the character
_LARGEST = 0.12  # of the frame
_WHITE = 246  # levels
_MOSTLY = 0.8
_DEEP = 2.5  # pixels
_SEAM = 2.5  # pixels: between an outline and a fill that lie on opposite sides of the background's colour
_WALL = 5  # pixels
_TINT = 2.0  # levels
_ALIKE = 0.9  # cosine


def filled(image: Pixels, held: Mask, evidence: Evidence, kept: Mask) -> Plane:
    """HxW float32 0..1: the alpha of the rooms that `kept` closes off, alone or with what the matte holds."""
    walls = cv2.morphologyEx(kept.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)).view(np.bool_)
    out = np.zeros(kept.shape, np.float32)
    rooms = _rooms(walls, held)
    if rooms.count:
        out.ravel()[rooms.pixels] = _opacity(image, evidence, kept, rooms)[rooms.of]
    out[walls & ~kept] = 1.0
    return out


def _rooms(walls: Mask, held: Mask) -> Groups:
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~(walls | held)).view(np.uint8), connectivity=4)
    left, top, width, height, area = stats.T
    rows, columns = walls.shape
    inner = (left > 0) & (top > 0) & (left + width < columns) & (top + height < rows) & (area < _LARGEST * walls.size)
    inner[0] = False
    rooms = grouped(np.where(inner, np.cumsum(inner), 0).astype(np.int32)[labels])
    if not rooms.count:
        return rooms
    window = np.ones((3, 3), np.uint8)
    by_walls, by_held = (rooms.total(rooms.at(cv2.dilate(mask.view(np.uint8), window))) for mask in (walls, held))
    return rooms.only(by_walls >= _ENCLOSED * np.maximum(by_walls + by_held, 1.0))


def _opacity(image: Pixels, evidence: Evidence, kept: Mask, rooms: Groups) -> Values:
    inside = rooms.at(cv2.distanceTransform((rooms.labels > 0).view(np.uint8), cv2.DIST_L2, 3))
    deep = inside > np.minimum(_DEEP, 0.6 * rooms.most(inside))[rooms.of]
    tint = _mean(_shift(image, evidence, rooms.pixels) * deep[:, None], rooms) / _mean(deep[:, None], rooms)
    white = rooms.total(deep * (rooms.at(image.min(axis=2)) >= _WHITE)) / rooms.total(deep)
    strength = np.abs(tint).max(axis=1)
    wall = _walls(image, evidence, kept, rooms)
    reach = np.linalg.norm(wall, axis=1)
    alike = (tint * wall).sum(axis=1) > _ALIKE * np.linalg.norm(tint, axis=1) * reach
    through = np.where(alike, np.linalg.norm(tint, axis=1) / np.maximum(reach, 1.0), 1.0)
    tinted = strength > _TINT + 1.5 * evidence.noise[0]
    seam = rooms.most(inside) <= _SEAM
    return np.where(seam | (white > _MOSTLY), 1.0, np.where(tinted, through, 0.0)).clip(0.0, 1.0)


def _walls(image: Pixels, evidence: Evidence, kept: Mask, rooms: Groups) -> Values:
    """Per room the mean shift of the outline around it, rooms x 3."""
    grown = cv2.dilate(rooms.labels.astype(np.float32), np.ones((2 * _WALL + 1, 2 * _WALL + 1), np.uint8))
    at = np.flatnonzero(kept & (grown > 0))
    of = grown.ravel()[at].astype(np.intp) - 1
    shift = _shift(image, evidence, at)
    count = np.maximum(np.bincount(of, minlength=rooms.count), 1)
    return np.stack([np.bincount(of, shift[:, channel], rooms.count) / count for channel in range(3)], axis=1)


def _shift(image: Pixels, evidence: Evidence, pixels: NDArray[np.intp]) -> Values:
    behind = evidence.background.field.reshape(-1, 3)[pixels]
    return np.asarray(image.reshape(-1, 3)[pixels] - behind, np.float64)


def _mean(values: NDArray[np.generic], rooms: Groups) -> Values:
    return np.stack([rooms.total(values[:, channel]) for channel in range(values.shape[1])], axis=1)
