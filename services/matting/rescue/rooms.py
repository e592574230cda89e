"""Rooms that outlines close off: what an outline holds is of one piece with it.

White paint can look like the background, and a pale fill next to a strong outline like the outline's own dirt, so rooms
are judged by themselves. White is paint. What is tinted as its thin outline is, only weaker, is seen through (a soap
bubble), as opaque as it is weaker; any other tint is paint. What looks just like a background that is not white stays
open.
"""

import cv2
import numpy as np

from popcon.imaging.arrays import Mask, Pixels, Plane
from popcon.imaging.masks import grown, square
from services.matting.rescue.completion import enclosed
from services.matting.rescue.evidence import Evidence, colours
from services.matting.rescue.groups import Groups, Values, grouped
from services.matting.rescue.parts import Indices, depth, part_of

_ENCLOSED = 0.35  # of a room's edge that must not be the character
_LARGEST = 0.12  # of the frame
_WHITE = 246  # levels
_MOSTLY = 0.8
_DEEP = 2.5  # pixels
_SEAM = 2.5  # pixels: between an outline and a fill that lie on opposite sides of the background's colour
_WALL = 5  # pixels
_THICK = 4.5  # pixels from the edge: no bubble's skin
_TINT = 2.0  # levels
_ALIKE = 0.9  # cosine


def filled(image: Pixels, held: Mask, evidence: Evidence, kept: Mask) -> tuple[Indices, Plane]:
    """Flat indices and alphas, float32 0..1, of the rooms that `kept` closes off, alone or with what the matte
    holds."""
    walls = cv2.morphologyEx(kept.view(np.uint8), cv2.MORPH_CLOSE, square(1)).view(np.bool_)
    closed = np.flatnonzero(walls & ~kept)
    rooms = _rooms(walls, held)
    if not rooms.count:
        return closed, np.ones(len(closed), np.float32)
    made = _opacity(image, evidence, kept, rooms)[rooms.of].astype(np.float32)
    return np.concatenate([rooms.pixels, closed]), np.concatenate([made, np.ones(len(closed), np.float32)])


def _rooms(walls: Mask, held: Mask) -> Groups:
    shut = walls | held
    part = part_of(shut, 1)
    nothing = np.zeros(0, np.intp)
    if part is None:
        return grouped(walls.shape, nothing, nothing)
    rooms = enclosed(~shut[part.slices], 1, _LARGEST * walls.size)
    if not rooms.count:
        return rooms
    by_walls, by_held = (rooms.total(rooms.at(grown(mask[part.slices], 1))) for mask in (walls, held))
    rooms = rooms.only(by_walls >= _ENCLOSED * np.maximum(by_walls + by_held, 1.0))
    return Groups(walls.shape, part.flat(rooms.pixels), rooms.of, rooms.starts)


def _opacity(image: Pixels, evidence: Evidence, kept: Mask, rooms: Groups) -> Values:
    inside = rooms.at(depth(rooms.mask))
    deep = inside > np.minimum(_DEEP, 0.6 * rooms.most(inside))[rooms.of]
    within = rooms.total(deep)
    shift = evidence.shift(image, rooms.pixels).astype(np.float64)
    tint = np.stack([rooms.total(channel * deep) for channel in shift], axis=1) / within[:, None]
    least = colours(image, rooms.pixels).min(axis=0)
    white = rooms.total(deep * (least >= _WHITE)) / within
    strength = np.abs(tint).max(axis=1)
    wall, thick = _walls(image, evidence, kept, rooms)
    reach = np.linalg.norm(wall, axis=1)
    alike = (thick <= _THICK) & ((tint * wall).sum(axis=1) > _ALIKE * np.linalg.norm(tint, axis=1) * reach)
    through = np.where(alike, np.linalg.norm(tint, axis=1) / np.maximum(reach, 1.0), 1.0)
    tinted = strength > _TINT + 1.5 * evidence.noise[0]
    seam = rooms.most(inside) <= _SEAM
    return np.where(seam | (white > _MOSTLY), 1.0, np.where(tinted, through, 0.0)).clip(0.0, 1.0)


def _walls(image: Pixels, evidence: Evidence, kept: Mask, rooms: Groups) -> tuple[Values, Values]:
    """Per room the mean shift of the outline around it, rooms x 3, and how deep that goes, pixels."""
    part = part_of(rooms.mask, _WALL)
    assert part is not None
    near = cv2.dilate(rooms.labels[part.slices].astype(np.float32), square(_WALL))
    inside = np.flatnonzero(kept[part.slices] & (near > 0))
    at, of = part.flat(inside), near.ravel()[inside].astype(np.intp) - 1
    shift = evidence.shift(image, at).astype(np.float64)
    count = np.maximum(np.bincount(of, minlength=rooms.count), 1)
    deep = np.zeros(rooms.count)
    np.maximum.at(deep, of, depth(kept).ravel()[at])
    return np.stack([np.bincount(of, channel, rooms.count) / count for channel in shift], axis=1), deep
