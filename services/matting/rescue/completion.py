"""Holes that a model left inside the character.

Where a matte encloses a place that it does not hold, the frame tells a lost piece from a place where the background
shows through: a lost piece either looks unlike the background, or, where it is of the background's colour, lies within
a larger patch of that colour, so that the matte's hole ends where the picture shows no edge.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Mask, Plane
from popcon.imaging.masks import square
from services.matting.rescue.evidence import HELD, Evidence
from services.matting.rescue.groups import Groups, Values, grouped
from services.matting.rescue.parts import Indices, Part, depth, part_of

_UNLIKE = 0.5  # of the hole
_DEEP, _WITHIN = 0.6, 0.42  # of the greatest depth; of what is as deep
_EDGELESS = 0.75  # of the ring around the hole
_RING = 4  # pixels: beyond a soft edge of the matte
_LARGEST = 0.05  # of the frame
_SMALLEST = 4  # pixels
_FIRM = 0.7  # alpha
_NOTHING: Indices = np.zeros(0, np.intp)


def lost(evidence: Evidence, alpha: Plane) -> Indices:
    """Flat indices of where the matte, HxW float32 0..1, lost a piece of the character that it holds all around."""
    held = alpha >= HELD
    whole = part_of(held, 1)
    if whole is None:
        return _NOTHING
    held = held[whole.slices]
    holes = _shut_in(alpha[whole.slices], _LARGEST * alpha.size)
    if not holes.count:
        return _NOTHING
    wide = np.asarray(cv2.dilate(holes.labels.astype(np.float32), square(_RING)), np.int32)
    seen = np.ascontiguousarray(evidence.seen[whole.slices])
    wanted = _unlike(holes, seen) | (_edgeless(holes, wide, held, seen) > _EDGELESS)
    if not wanted.any():
        return _NOTHING
    chosen = holes.only(wanted).mask
    softened = np.concatenate([[False], wanted])[wide] & (cv2.erode((held | chosen).view(np.uint8), square(1)) > 0)
    return whole.pixels(chosen | softened)


def _shut_in(alpha: Plane, largest: float) -> Groups:
    """Places that a matte does not hold with what it holds all around. A shadow that it kept shuts nothing in: of that
    it is less sure."""
    holes = enclosed(alpha < HELD, _SMALLEST, largest)
    if not holes.count:
        return holes
    firmly = enclosed(alpha < _FIRM, _SMALLEST, largest).mask
    return holes.only(holes.total(holes.at(firmly)) > 0)


def enclosed(free: Mask, smallest: float, largest: float) -> Groups:
    """The 4-connected regions that do not reach the mask's border, of `smallest` to `largest` (exclusive) pixels."""
    part = _part_with_holes(~free)
    if part is None:
        return grouped(free.shape, _NOTHING, _NOTHING)
    count, labels = cv2.connectedComponents(free[part.slices].view(np.uint8), connectivity=4)
    inner = np.ones(count, np.bool_)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        inner[side] = False
    inner[0] = False
    pixels = np.flatnonzero(inner.take(np.asarray(labels, np.int32)))
    of = labels.ravel()[pixels]
    area = np.bincount(of, minlength=count)
    kept = ((area >= smallest) & (area < largest))[of]
    return grouped(free.shape, part.flat(pixels[kept]), of[kept])


def _part_with_holes(mask: Mask) -> Part | None:
    """What holds all holes of a mask and what is beside them. Following outlines is many times as fast as labelling."""
    outlines, tree = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    holes = [outlines[index] for index in np.flatnonzero(tree[0, :, 3] >= 0).tolist()] if outlines else []
    if not holes:
        return None
    # The outline of a hole lies on the mask, around it.
    left, top, columns, rows = cv2.boundingRect(np.concatenate(holes))
    return Part(top, top + rows, left, left + columns, mask.shape[1])


def _unlike(holes: Groups, seen: Mask) -> NDArray[np.bool_]:
    """Per hole whether it looks unlike the background, as a whole and away from its rim: there, what is around it
    shows."""
    inside = holes.at(depth(holes.mask))
    deep = inside >= _DEEP * holes.most(inside)[holes.of]
    differs = holes.at(seen)
    whole, within = holes.total(differs) / holes.areas, holes.total(differs * deep) / holes.total(deep)
    return np.asarray((whole > _UNLIKE) & (within > _WITHIN), np.bool_)


def _edgeless(holes: Groups, wide: NDArray[np.int32], held: Mask, seen: Mask) -> Values:
    """Per hole the share of the ring around it where the picture shows nothing."""
    ring = np.flatnonzero(held & (wide > 0))
    of = wide.ravel()[ring] - 1
    area = np.bincount(of, minlength=holes.count)
    # Two holes close together can share a ring, which leaves one of them without.
    if not area.all():
        return np.zeros(holes.count)
    return np.bincount(of, ~seen.ravel()[ring], holes.count) / area
