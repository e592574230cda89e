"""Floor shadows, also those that a matte kept.

A shadow multiplies the background by less than one, alike in all channels, changes slowly, lies low, and melts into the
background without an edge.
"""

import cv2
import numpy as np

from popcon.imaging.arrays import Colours, Mask, Pixels, Plane
from services.matting.rescue.candidates import HELD
from services.matting.rescue.evidence import Evidence, Levels

_GREY = 0.16  # of the darkening, between channels
_GREY_FLOOR = 4.0  # levels
_STEEP = 9  # levels between neighbours three apart: more is an edge
_DARKEST = 0.6  # of the background
_SMOOTH = 5  # pixels
_GAP = 9  # pixels: specks and lines that lie upon it
_SMALLEST = 0.0006  # of the frame
_WIDE = 15  # pixels
_STANDS_OUT = 12  # levels
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
    beside = cv2.dilate(open_ground.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    touching = np.zeros(len(stats), bool)
    touching[labels[beside]] = True
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
        whole = cv2.dilate(whole, np.ones((3, 3), np.uint8)).view(np.bool_)
        nothing[part] = whole & (shaded | ~evidence.seen[part]) & ~_drawn(evidence.size[part])
    return nothing


def _drawn(size: Levels) -> Mask:
    """Lines and dots: what stands out against its near surroundings, as no shadow does."""
    return np.asarray(cv2.absdiff(size, cv2.medianBlur(size, _WIDE)) > _STANDS_OUT, np.bool_)


def shadowed(image: Pixels, field: Colours, noise: float) -> Mask:
    """HxW: where a picture is its background darkened alike in all channels, but for noise (levels)."""
    ratio = image / np.maximum(field, 1.0)
    most, least = ratio.max(axis=2), ratio.min(axis=2)
    dark = 1.0 - ratio.mean(axis=2)
    return np.asarray(
        (dark > 0.012) & (dark < _DARKEST) & (most - least < _GREY * dark + (_GREY_FLOOR + noise) / 255.0), np.bool_
    )
