"""Regions of a frame that differ from its background and that its matte does not hold.

A matte seldom ends exactly where its character does, so along its edge there is a rim that it does not hold either. How
wide the rim is, is read off the frame: a band around the matte that is filled more than what lies beyond it. Regions
must reach beyond it; those that do are followed back through it up to the matte.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from popcon.imaging.arrays import Mask, Plane
from popcon.imaging.masks import grown, square
from services.matting.rescue.evidence import HELD, Evidence
from services.matting.rescue.groups import Groups, grouped
from services.matting.rescue.parts import Indices, part_of

_CLEAR = 1.3  # times what dirt explains
_FEWEST = 4  # pixels
_SKIRT = 2  # pixels
_FAINT = 0.15  # of the strongest around
_GAP = 2  # pixels
_RIM_SHARE = 0.3  # of what is not seen further out
_NEARLY = 0.01
_RIM = (2, 7)  # pixels
_STRIP = 6  # pixels along a side of the frame where lines are looked for
_LINE_SHARE = 0.45
_REMAINS = 0.002  # of the frame
_BESIDE = 0.1  # of the largest piece


@dataclass(frozen=True)
class Candidates:
    """`groups`: their pixels. `distance`: HxW float32, to what the matte holds, pixels. `rim`: pixels."""

    groups: Groups
    distance: Plane
    rim: float


def find(evidence: Evidence, alpha: Plane, shadow: Indices) -> Candidates:
    """`shadow`: flat indices of what is known to be no effect."""
    held = alpha >= HELD
    held &= ~_remains(held)
    seen = _firm(evidence) & ~held
    seen.ravel()[shadow] = False
    without_border_lines(seen)
    distance = _distance(held, seen)
    rim = _rim(seen, held, distance)
    free = seen & (distance > rim)
    return Candidates(_followed(_clear(free, evidence), seen, free, int(rim) + 1), distance, rim)


def _firm(evidence: Evidence) -> Mask:
    """What is seen, less the skirts of dirt around what is surely seen: they would join it to its neighbours."""
    skirt = evidence.seen & grown(evidence.sure, _SKIRT + _GAP) & ~grown(evidence.sure, _SKIRT)
    at, firm = np.flatnonzero(skirt), evidence.seen.copy()
    firm.ravel()[at] = evidence.size.ravel()[at] > _FAINT * evidence.around.ravel()[at]
    return firm


def _remains(held: Mask) -> Mask:
    """What a matte holds in small pieces apart from its character: it has no rim, as it belongs to what is lost."""
    out = np.zeros(held.shape, np.bool_)
    # Mostly there is one piece. Following outlines is many times as fast as labelling.
    _, tree = cv2.findContours(held.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    pieces = 0 if tree is None else np.count_nonzero(tree[0, :, 3] < 0)
    part = part_of(held, 0) if pieces > 1 else None
    if part is None:
        return out
    _, labels, stats, _ = cv2.connectedComponentsWithStats(held[part.slices].view(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    small = areas < min(_REMAINS * held.size, _BESIDE * areas[1:].max())
    small[0] = False
    if small.any():
        out[part.slices] = small[labels]
    return out


def _distance(held: Mask, seen: Mask) -> Plane:
    """HxW float32: pixels to the nearest one that is held, where any is seen or within the widest rim; elsewhere, and
    where none is held, far away."""
    far = np.full(held.shape, float(sum(held.shape)), np.float32)
    near, whole = part_of(held, _RIM[1] + 1), part_of(held | seen, _RIM[1] + 1)
    if near is not None and whole is not None:
        cv2.distanceTransform((~held[whole.slices]).view(np.uint8), cv2.DIST_L2, 3, dst=far[whole.slices])
    return far


def without_border_lines(seen: Mask) -> None:
    """Clears, in place, rows and columns next to the border that are seen over a good part of their length: video
    models leave lines there."""
    for strip in (seen[:, :_STRIP].T, seen[:, : -_STRIP - 1 : -1].T, seen[:_STRIP], seen[: -_STRIP - 1 : -1]):
        lines = np.count_nonzero(strip, axis=1) > _LINE_SHARE * strip.shape[1]
        if lines.any():
            last = int(np.flatnonzero(lines)[-1])
            strip[: last + 2] = False


def _rim(seen: Mask, held: Mask, distance: Plane) -> float:
    """How far from the matte more is seen than further out, where effects behind the character are seen as well."""
    part = part_of(held, _RIM[1] + 1)
    share = np.zeros(_RIM[1] + 1)
    if part is not None:
        reach = distance[part.slices]
        near = np.flatnonzero((reach > 0) & (reach < _RIM[1] + 1))
        at = reach.ravel()[near].astype(np.intp)
        count = np.bincount(at, minlength=_RIM[1] + 1)
        share = np.bincount(at, seen[part.slices].ravel()[near], _RIM[1] + 1) / np.maximum(count, 1)
    share = (share - share[-1]) / max(1.0 - share[-1], _NEARLY)
    thin = np.flatnonzero(share < _RIM_SHARE)
    wide = int(thin[0]) if len(thin) else _RIM[1]
    return float(min(max(wide + 1, _RIM[0]), _RIM[1]))


def _clear(free: Mask, evidence: Evidence) -> Groups:
    """The regions of more than a few pixels that are clearly seen somewhere."""
    pixels = np.flatnonzero(free)
    _, labels = cv2.connectedComponents(free.view(np.uint8), connectivity=8)
    of = labels.ravel()[pixels]
    clear = np.bincount(of[evidence.exceeds(pixels, _CLEAR)], minlength=int(of.max(initial=0)) + 1) > 0
    wanted = clear & (np.bincount(of, minlength=len(clear)) >= _FEWEST)
    kept = wanted[of]
    return grouped(free.shape, pixels[kept], of[kept])


def _followed(groups: Groups, seen: Mask, free: Mask, steps: int) -> Groups:
    """The groups with what is seen of them within the rim; where several reach, the last one has it."""
    part = part_of(seen & ~free, steps)
    if part is None or not groups.count:
        return groups
    # 16 bits are enough for all but the wildest frames, and quicker.
    labels = np.zeros(groups.shape, np.uint16 if groups.count < 1 << 16 else np.float32)
    labels.ravel()[groups.pixels] = groups.of + 1
    own = labels[part.slices]
    fixed = ((own > 0) | ~seen[part.slices]).view(np.uint8)
    reached = own
    for _ in range(steps):
        reached = cv2.dilate(reached, square(1))
        cv2.copyTo(own, fixed, reached)
    own[:] = reached
    pixels = np.flatnonzero(labels > 0)
    return grouped(groups.shape, pixels, labels.ravel()[pixels].astype(np.intp))
