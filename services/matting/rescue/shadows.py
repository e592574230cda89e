"""Floor shadows, also those that a matte kept.

A shadow multiplies the background by less than one, alike in all channels, changes slowly, lies low, and melts into the
background without an edge.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Colours, Mask, Pixels, Plane
from services.matting.rescue.candidates import HELD
from services.matting.rescue.evidence import Evidence, Levels
from services.matting.rescue.groups import Labels

_GREY = 0.16  # of the darkening, between channels
_GREY_FLOOR = 4.0  # levels
_STEEP = 15  # levels between neighbours three apart: more is an edge
_DARKEST = 0.6  # of the background
_SMOOTH = 5  # pixels
_EDGE = 4  # pixels: as far as a matte's edge is soft
_GAP = 9  # pixels: specks and lines that lie upon it
_SMALLEST = 0.0006  # of the frame
_THIN = 11  # pixels
_STANDS_OUT = 12  # levels
_FADES = 0.5
_CONTACT = 10  # pixels: under the feet a shadow is too steep to be told from them
_SURE = 0.93
_MOSTLY = 0.3
_FEET = 0.9  # of the character's height: a shadow reaches down to here at least
_LOW = 0.62  # of the character's height from the top


def floor_shadows(image: Pixels, alpha: Plane, evidence: Evidence) -> Mask:
    """HxW: where a floor shadow lies, whether the matte holds it or not; what lies upon it is left out."""
    nothing = np.zeros(alpha.shape, np.bool_)
    rows = np.flatnonzero((alpha > 0.5).any(axis=1))
    if not len(rows):
        return nothing
    first = int(rows[0] + _LOW * (rows[-1] - rows[0]))
    part = np.s_[first:]
    smooth = cv2.blur(image[part], (_SMOOTH, _SMOOTH))
    shaded = shadowed(smooth, evidence.background.field[part], sum(evidence.noise[:2]))
    size = cv2.blur(evidence.size[part], (_SMOOTH, _SMOOTH))
    gentle = cv2.morphologyEx(size, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) <= _STEEP
    free = cv2.morphologyEx((shaded & gentle).view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    # It must be reached from where the background is plainly seen.
    open_ground = ~evidence.seen[part] & (alpha[part] < HELD)
    beside = cv2.dilate(open_ground.view(np.uint8), np.ones((5, 5), np.uint8)).view(np.bool_)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    touching = _melts(labels, len(stats), beside, alpha[part] >= HELD)
    wide = stats[:, cv2.CC_STAT_WIDTH] > 1.2 * stats[:, cv2.CC_STAT_HEIGHT]
    area = stats[:, cv2.CC_STAT_AREA]
    # A character's own white and grey parts are held for certain; a model is never sure of a shadow.
    sure = np.bincount(labels.ravel(), alpha[part].ravel() > _SURE, len(stats)) > _MOSTLY * area
    low = stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT] > _FEET * (rows[-1] - rows[0]) + rows[0] - first
    wanted = touching & wide & (area > _SMALLEST * alpha.size) & ~sure & low
    wanted[0] = False
    if wanted.any():
        window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_GAP, _GAP))
        whole = cv2.morphologyEx(wanted[labels].view(np.uint8), cv2.MORPH_CLOSE, window)
        around = cv2.dilate(whole, np.ones((2 * _CONTACT + 1, 2 * _CONTACT + 1), np.uint8)).view(np.bool_)
        whole = cv2.dilate(whole, np.ones((3, 3), np.uint8)).view(np.bool_) | (around & (alpha[part] < HELD))
        nothing[part] = whole & (shaded | ~evidence.seen[part]) & ~_drawn(evidence.size[part])
    return nothing


def _melts(labels: Labels, count: int, beside: Mask, held: Mask) -> NDArray[np.bool_]:
    """Per label whether most of its edge, where the character does not hide it, fades into what is plainly background."""
    inside = (labels > 0).view(np.uint8)
    edge = (inside > 0) & (cv2.erode(inside, np.ones((3, 3), np.uint8)) == 0)
    edge &= cv2.dilate(held.view(np.uint8), np.ones((9, 9), np.uint8)) == 0
    at = labels[edge]
    total = np.bincount(at, minlength=count)
    return np.asarray(np.bincount(at, beside[edge], count) > _FADES * np.maximum(total, 1), np.bool_)


def _drawn(size: Levels) -> Mask:
    """Lines and dots: thin, and steeper against their near surroundings than any shadow."""
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_THIN, _THIN))
    stands_out = cv2.max(cv2.morphologyEx(size, cv2.MORPH_TOPHAT, window), cv2.morphologyEx(size, cv2.MORPH_BLACKHAT, window))
    slope = cv2.morphologyEx(size, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return np.asarray((stands_out > _STANDS_OUT) & (cv2.dilate(slope, np.ones((3, 3), np.uint8)) > _STEEP), np.bool_)


def haze(alpha: Plane, evidence: Evidence) -> Mask:
    """HxW: where a matte is unsure of what is plainly background: remains of shadows and of a model's doubts."""
    sure = cv2.dilate((alpha >= HELD).view(np.uint8), np.ones((2 * _EDGE + 1, 2 * _EDGE + 1), np.uint8))
    near = cv2.dilate(evidence.sure.view(np.uint8), np.ones((_SMOOTH, _SMOOTH), np.uint8))
    return np.asarray((alpha > 0.0) & (cv2.bitwise_or(sure, near) == 0), np.bool_)


def shadowed(image: Pixels, field: Colours, noise: float) -> Mask:
    """HxW: where a picture is its background darkened alike in all channels, but for noise (levels)."""
    ratio = image / np.maximum(field, 1.0)
    most, least = ratio.max(axis=2), ratio.min(axis=2)
    dark = 1.0 - ratio.mean(axis=2)
    return np.asarray(
        (dark > 0.012) & (dark < _DARKEST) & (most - least < _GREY * dark + (_GREY_FLOOR + noise) / 255.0), np.bool_
    )
