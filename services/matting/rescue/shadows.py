"""Floor shadows, also those that a matte kept.

A shadow multiplies the background by less than one, alike in all channels, changes slowly, lies low, and melts into the
background without an edge.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Colours, Mask, Pixels, Plane
from popcon.imaging.masks import grown, square
from services.matting.rescue.evidence import HELD, Evidence, Levels, colours
from services.matting.rescue.groups import Groups, grouped
from services.matting.rescue.parts import Indices, Part, part_of

_GREY = 0.16  # of the darkening, between channels
_GREY_FLOOR = 4.0  # levels
_STEEP = 15  # levels between neighbours three apart: more is an edge
_LEAST, _DARKEST = 0.012, 0.6  # of the background
_SMOOTH = 5  # pixels
_EDGE = 4  # pixels: as far as a matte's edge is soft
_GAP = 9  # pixels: specks and lines that lie upon it
_SMALLEST = 0.0006  # of the frame
_THIN = 11  # pixels
_STANDS_OUT = 12  # levels
_FADES = 0.5  # of its edge
_WIDE = 1.2  # times as wide as high
_CONTACT = 10  # pixels: under the feet a shadow is too steep to be told from them
_SURE = 0.93  # alpha
_MOSTLY = 0.3  # of the shadow
_FEET = 0.9  # of the character's height: a shadow reaches down to here at least
_LOW = 0.62  # of the character's height from the top
_ROUNDED = 1.75  # levels that rounding can take off a difference
_BAND = 1 << 17  # pixels that are looked at together: few enough for the cache
_NOTHING: Indices = np.zeros(0, np.intp)


@dataclass(frozen=True)
class _Floor:
    """The lower part of a frame. `ground`: background colours there, `smooth`: the frame, smoothed; both HxWx3."""

    part: Part
    smooth: Pixels
    ground: Colours
    alpha: Plane
    size: Levels
    seen: Mask
    noise: float

    def shaded(self, pixels: Indices) -> NDArray[np.bool_]:
        """Whether the frame is its background darkened alike in all channels, but for noise, at flat indices."""
        ratio = colours(self.smooth, pixels) / np.maximum(colours(self.ground, pixels), np.float32(1.0))
        grey = ratio.max(axis=0) - ratio.min(axis=0)
        dark = 1.0 - ratio.mean(axis=0)
        alike = grey < _GREY * dark + (_GREY_FLOOR + self.noise) / 255.0
        return np.asarray((dark > _LEAST) & (dark < _DARKEST) & alike, np.bool_)


def floor_shadows(image: Pixels, alpha: Plane, evidence: Evidence) -> Indices:
    """Flat indices of where a floor shadow lies, whether the matte holds it or not; what lies upon it is left out."""
    rows = np.flatnonzero((alpha > 0.5).any(axis=1))
    if not len(rows):
        return _NOTHING
    height, width = alpha.shape
    part = Part(int(rows[0] + _LOW * (rows[-1] - rows[0])), height, 0, width, width)
    floor = _Floor(
        part,
        np.asarray(cv2.blur(image[part.slices], (_SMOOTH, _SMOOTH)), np.uint8),
        evidence.background.field[part.slices],
        *(alpha[part.slices], evidence.size[part.slices], evidence.seen[part.slices]),
        sum(evidence.noise[:2]),
    )
    found = _shadows(floor, _SMALLEST * alpha.size, _FEET * (rows[-1] - rows[0]) + rows[0] - part.top)
    return part.flat(_covered(floor, found)) if found.count else _NOTHING


def _shadows(floor: _Floor, smallest: float, feet: float) -> Groups:
    """Gentle shades of more than `smallest` pixels that are wide, reach below the row `feet` and melt into the
    ground."""
    free = _gentle(floor)
    pixels = np.flatnonzero(free)
    _, labels = cv2.connectedComponents(free.view(np.uint8), connectivity=4)
    of = labels.ravel()[pixels]
    kept = (np.bincount(of) > smallest)[of] if len(of) else np.zeros(0, np.bool_)
    shades = grouped(free.shape, pixels[kept], of[kept])
    if not shades.count:
        return shades
    row, column = np.divmod(shades.pixels, free.shape[1])
    bottom = shades.most(row) + 1
    wide = shades.most(column) + 1 - shades.least(column) > _WIDE * (bottom - shades.least(row))
    # A character's own white and grey parts are held for certain; a model is never sure of a shadow.
    sure = shades.total(shades.at(floor.alpha > _SURE)) > _MOSTLY * shades.areas
    wanted = wide & ~sure & (bottom > feet)
    return shades.only(wanted & _melts(shades, free, floor)) if wanted.any() else shades.only(wanted)


def _gentle(floor: _Floor) -> Mask:
    """Where the frame is shaded and changes slowly."""
    size = cv2.blur(floor.size, (_SMOOTH, _SMOOTH))
    least = _LEAST * float(floor.ground[::8, ::8].min()) - _ROUNDED
    slow = cv2.morphologyEx(size, cv2.MORPH_GRADIENT, square(1)) <= _STEEP
    asked = slow & (size > least) if least > 0 else slow
    free = np.zeros(size.shape, np.bool_)
    deep = max(1, _BAND // size.shape[1])
    for top in range(0, len(size), deep):
        pixels = np.flatnonzero(asked[top : top + deep]) + top * size.shape[1]
        free.ravel()[pixels[floor.shaded(pixels)]] = True
    return cv2.morphologyEx(free.view(np.uint8), cv2.MORPH_OPEN, square(1)).view(np.bool_)


def _melts(shades: Groups, free: Mask, floor: _Floor) -> NDArray[np.bool_]:
    """Per shade whether most of its edge, where the character does not hide it, fades into plain background."""
    held = floor.alpha >= HELD
    outer = free & ~cv2.erode(free.view(np.uint8), square(1)).view(np.bool_) & ~grown(held, _EDGE)
    fades = outer & grown(~floor.seen & ~held, 2)
    return np.asarray(shades.total(shades.at(fades)) > _FADES * np.maximum(shades.total(shades.at(outer)), 1))


def _covered(floor: _Floor, shades: Groups) -> Indices:
    """Flat indices of the floor that shades cover: with what is soft around them, less what is drawn upon them."""
    mask = shades.mask
    part = part_of(mask, _GAP + _CONTACT + _THIN)
    if part is None:
        return _NOTHING
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_GAP, _GAP))
    whole = cv2.morphologyEx(mask[part.slices].view(np.uint8), cv2.MORPH_CLOSE, window).view(np.bool_)
    below = grown(whole, _CONTACT) & (floor.alpha[part.slices] < HELD)
    whole = (grown(whole, 1) | below) & ~_drawn(floor.size[part.slices])
    seen = floor.seen[part.slices]
    shaded = part.pixels(whole & seen)
    return np.concatenate([part.pixels(whole & ~seen), shaded[floor.shaded(shaded)]])


def _drawn(size: Levels) -> Mask:
    """Lines and dots: thin, and steeper against their near surroundings than any shadow."""
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_THIN, _THIN))
    lighter, darker = (cv2.morphologyEx(size, hat, window) for hat in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT))
    slope = cv2.dilate(cv2.morphologyEx(size, cv2.MORPH_GRADIENT, square(1)), square(1))
    return np.asarray((cv2.max(lighter, darker) > _STANDS_OUT) & (slope > _STEEP), np.bool_)


def haze(alpha: Plane, evidence: Evidence) -> Indices:
    """Flat indices of where a matte is unsure of what is plainly background: remains of shadows and of a model's
    doubts."""
    return np.flatnonzero((alpha > 0.0) & ~grown(alpha >= HELD, _EDGE) & ~grown(evidence.sure, _SMOOTH // 2))
