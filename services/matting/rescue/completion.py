"""Holes that a model left inside the character.

Where a matte encloses a place that it does not hold, the frame tells a lost piece from a place where the background
shows through: a lost piece either looks unlike the background, or, where it is of the background's colour, lies within a
larger patch of that colour, so that the matte's hole ends where the picture shows no edge.
"""

import cv2
import numpy as np

from popcon.imaging.arrays import Mask, Plane
from services.matting.rescue.candidates import HELD
from services.matting.rescue.evidence import Evidence
from services.matting.rescue.groups import grouped

_UNLIKE = 0.5  # of the hole
_EDGELESS = 0.75  # of the ring around the hole
_RING = 4  # pixels: beyond a soft edge of the matte
_LARGEST = 0.05  # of the frame
_SMALLEST = 4  # pixels


def lost(evidence: Evidence, alpha: Plane) -> Mask:
    """HxW: where the matte lost a piece of the character that it holds all around."""
    held = alpha >= HELD
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~held).view(np.uint8), connectivity=4)
    left, top, width, height, area = stats.T
    rows, columns = held.shape
    inner = (left > 0) & (top > 0) & (left + width < columns) & (top + height < rows)
    inner &= (area >= _SMALLEST) & (area < _LARGEST * held.size)
    inner[0] = False
    nothing = np.zeros_like(held)
    if not inner.any():
        return nothing
    holes = grouped(np.where(inner, np.cumsum(inner), 0).astype(np.int32)[labels])
    window = np.ones((2 * _RING + 1, 2 * _RING + 1), np.uint8)
    wide = np.asarray(cv2.dilate(holes.labels.astype(np.float32), window), np.int32)
    ring = grouped(np.where(held, wide, 0))
    unlike = holes.total(holes.at(evidence.seen)) / holes.total(np.ones(len(holes.pixels)))
    edgeless = np.zeros(holes.count)
    # Two holes close together can share a ring, which leaves one of them without.
    shown = np.unique(ring.of) if ring.count == holes.count else np.array([], np.intp)
    if len(shown):
        edgeless = ring.total(~ring.at(evidence.seen).astype(bool)) / ring.total(np.ones(len(ring.pixels)))
    wanted = (unlike > _UNLIKE) | (edgeless > _EDGELESS)
    if not wanted.any():
        return nothing
    chosen = np.concatenate([[False], wanted])
    softened = chosen[wide] & (cv2.erode(held.view(np.uint8) | chosen[holes.labels], np.ones((3, 3), np.uint8)) > 0)
    return np.asarray(chosen[holes.labels] | softened, np.bool_)
