"""Regions of a frame that differ from its background and that its matte does not hold.

A matte seldom ends exactly where its character does, so along its edge there is a rim that it does not hold either. How
wide the rim is, is read off the frame: a band around the matte that is filled nearly everywhere. Regions must reach
beyond it; those that do are followed back through it up to the matte.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Mask, Plane
from services.matting.rescue.evidence import Evidence
from services.matting.rescue.groups import Groups, Labels, grouped

HELD = 0.5
"""An alpha from which a matte holds a pixel."""
_CLEAR = 1.3
_FEWEST = 4  # pixels
_SKIRT = 2  # pixels
_FAINT = 0.15  # of the strongest around
_GAP = 2  # pixels
_RIM_SHARE = 0.3
_RIM = (2, 7)  # pixels
_STRIP = 6  # pixels along a side of the frame where lines are looked for
_LINE_SHARE = 0.45


@dataclass(frozen=True)
class Candidates:
    """`groups`: their pixels. `distance`: HxW float32, to what the matte holds, pixels. `rim`: pixels."""

    groups: Groups
    distance: Plane
    rim: float


def find(evidence: Evidence, alpha: Plane, shadow: Mask) -> Candidates:
    """`shadow`: HxW, what is known to be no effect."""
    held = alpha >= HELD
    distance = distance_to(held)
    seen = _firm(evidence) & ~held & ~shadow
    without_border_lines(seen)
    rim = _rim(seen, distance)
    free = seen & (distance > rim)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(free.view(np.uint8), connectivity=8)
    groups = _clear(_large(np.asarray(labels, np.int32), stats[:, cv2.CC_STAT_AREA]), evidence)
    return Candidates(grouped(_followed(groups.labels, seen, rim)), distance, rim)


def _firm(evidence: Evidence) -> Mask:
    """What is seen, less the skirts of dirt around what is surely seen: they would join it to its neighbours."""
    sure = evidence.sure.view(np.uint8)
    near = cv2.dilate(sure, _square(_SKIRT)).view(np.bool_)
    beyond = cv2.dilate(sure, _square(_SKIRT + _GAP)).view(np.bool_)
    strong = evidence.size > _FAINT * evidence.around
    return np.asarray(evidence.seen & (near | ~beyond | strong), np.bool_)


def _square(radius: int) -> NDArray[np.uint8]:
    return np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)


def distance_to(mask: Mask) -> Plane:
    """Pixels to the nearest pixel of a mask; far away where it is empty."""
    if not mask.any():
        return np.full(mask.shape, float(sum(mask.shape)), np.float32)
    outside = (~mask).view(np.uint8)
    return np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, 3), np.float32)


def without_border_lines(seen: Mask) -> None:
    """Clears, in place, rows and columns next to the border that are seen over a good part of their length: video
    models leave lines there."""
    for strip in (seen[:, :_STRIP].T, seen[:, : -_STRIP - 1 : -1].T, seen[:_STRIP], seen[: -_STRIP - 1 : -1]):
        lines = strip.mean(axis=1) > _LINE_SHARE
        if lines.any():
            last = int(np.flatnonzero(lines)[-1])
            strip[: last + 1] = False
            if last + 1 < len(strip):
                strip[last + 1] = False


def _rim(seen: Mask, distance: Plane) -> float:
    """How far from the matte nearly all pixels around it are seen."""
    near = (distance > 0) & (distance < _RIM[1] + 1)
    at = distance[near].astype(np.intp)
    share = np.bincount(at, seen[near], _RIM[1] + 1) / np.maximum(np.bincount(at, minlength=_RIM[1] + 1), 1)
    thin = np.flatnonzero(share < _RIM_SHARE)
    wide = int(thin[0]) if len(thin) else _RIM[1]
    return float(np.clip(wide + 1, *_RIM))


def _large(labels: Labels, areas: NDArray[np.int32]) -> Groups:
    """The labels of more than a few pixels."""
    wanted = areas >= _FEWEST
    wanted[0] = False
    return grouped(np.where(wanted, np.cumsum(wanted), 0).astype(np.int32)[labels])


def _clear(groups: Groups, evidence: Evidence) -> Groups:
    """The labels that are clearly seen somewhere."""
    if not groups.count:
        return groups
    return groups.only(groups.most(evidence.ratio(groups.pixels)) > _CLEAR)


def _followed(labels: Labels, seen: Mask, rim: float) -> Labels:
    """The labels with what is seen of them within the rim."""
    grown = labels.astype(np.uint16)
    open_to = np.where(seen, np.uint16(0xFFFF), np.uint16(0))
    window = np.ones((3, 3), np.uint8)
    for _ in range(int(rim) + 1):
        reached = cv2.bitwise_and(cv2.dilate(grown, window), open_to)
        grown = np.where(labels > 0, grown, reached)
    return np.asarray(grown, np.int32)
