"""Floor shadows, also those that a matte kept.

A shadow multiplies the background by less than one, alike in all channels, changes slowly, is darkest in its middle,
lies low, and melts into the background without an edge. Right under the feet it can be steep; there a matte that kept
it tells: it is unsure over more than the width of a soft edge.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Box, Colours, Mask, Pixels, Plane
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
_SMALLEST = 0.0004  # of the frame
_STANDS_OUT, _BOLD = 12, 20  # levels: of lines upon a shadow, and upon one that the matte kept
_FADES = 0.45  # of its edge
_SOON = 5  # pixels
_EVEN = 0.75  # mean of the strongest: a shadow is darkest in its middle
_SURE = 0.95  # alpha: a model is never that sure of a shadow
_DOUBTED = 0.04  # alpha: from there on it takes it for something
_FAINT = 0.2  # alpha
_FEET = 0.88  # of the character's height: a shadow reaches down to here at least
_BELOW = 0.66  # of the character's height: a shadow lies lower as a whole
_UNDER = 0.25  # of its width: as much is below the character at least
_LOW = 0.62  # of the character's height from the top
_ROUNDED = 1.75  # levels that rounding can take off a difference
_BAND = 1 << 17  # pixels that are looked at together: few enough for the cache
_THINNED = 128  # places along the shorter side where the character is looked for, at least
_SIDE = 512.0
_GAP, _THIN, _CONTACT = 9, 11, 10  # pixels of a frame whose shorter side is `_SIDE`
_FINE = 7  # pixels, likewise
_NOTHING: Indices = np.zeros(0, np.intp)


@dataclass(frozen=True)
class _Floor:
    """The lower part of a frame. `ground`: background colours there, `smooth`: the frame, smoothed; both HxWx3.
    `doubted`: what the matte holds a little, beyond its soft edges. `body`: of the character, in the frame."""

    part: Part
    smooth: Pixels
    ground: Colours
    alpha: Plane
    size: Levels
    seen: Mask
    doubted: Mask
    noise: float
    body: Box

    def shaded(self, pixels: Indices, loosely: float = 1.0) -> NDArray[np.bool_]:
        """Whether the frame is its background darkened alike in all channels, but for noise and `loosely` times what
        shadows differ by, at flat indices."""
        ratio = colours(self.smooth, pixels) / np.maximum(colours(self.ground, pixels), np.float32(1.0))
        grey = ratio.max(axis=0) - ratio.min(axis=0)
        dark = 1.0 - ratio.mean(axis=0)
        alike = grey < loosely * (_GREY * dark + (_GREY_FLOOR + self.noise) / 255.0)
        return np.asarray((dark > _LEAST) & (dark < _DARKEST) & alike, np.bool_)


def floor_shadows(image: Pixels, alpha: Plane, evidence: Evidence) -> Indices:
    """Flat indices of where a floor shadow lies, whether the matte holds it or not; what lies upon it is left out."""
    body = _body(alpha)
    if body is None:
        return _NOTHING
    floor = _floor(image, alpha, evidence, body)
    found = _shadows(floor, _SMALLEST * alpha.size)
    return floor.part.flat(_covered(floor, found)) if found.count else _NOTHING


def _body(alpha: Plane) -> Box | None:
    """The box of the largest piece that a matte holds, to the next few pixels."""
    step = max(1, min(alpha.shape) // _THINNED)
    held = (alpha[::step, ::step] >= HELD).view(np.uint8)
    _, _, pieces, _ = cv2.connectedComponentsWithStats(held, connectivity=8)
    if len(pieces) < 2:
        return None
    left, top, width, height, _ = (step * pieces[1 + np.argmax(pieces[1:, cv2.CC_STAT_AREA])]).tolist()
    return left, top, left + width, top + height


def _floor(image: Pixels, alpha: Plane, evidence: Evidence, body: Box) -> _Floor:
    _, top, _, bottom = body
    height, width = alpha.shape
    part = Part(min(int(top + _LOW * (bottom - top)), height - 1), height, 0, width, width)
    low = alpha[part.slices]
    return _Floor(
        part=part,
        smooth=np.asarray(cv2.blur(image[part.slices], (_SMOOTH, _SMOOTH)), np.uint8),
        ground=evidence.background.field[part.slices],
        alpha=low,
        size=evidence.size[part.slices],
        seen=evidence.seen[part.slices],
        doubted=(low > _DOUBTED) & ~grown(low > _SURE, _EDGE),
        noise=sum(evidence.noise[:2]),
        body=body,
    )


def _shadows(floor: _Floor, smallest: float) -> Groups:
    """Gentle shades of more than `smallest` pixels that lie at the character's feet and melt into the ground."""
    size = np.asarray(cv2.blur(floor.size, (_SMOOTH, _SMOOTH)), np.uint8)
    free = _gentle(floor, size)
    pixels = np.flatnonzero(free)
    if len(pixels) <= smallest:
        return grouped(free.shape, _NOTHING, _NOTHING)
    _, labels = cv2.connectedComponents(free.view(np.uint8), connectivity=4)
    of = labels.ravel()[pixels]
    kept = (np.bincount(of) > smallest)[of]
    shades = grouped(free.shape, pixels[kept], of[kept])
    if not shades.count:
        return shades
    levels = shades.at(size)
    even = shades.total(levels) / shades.areas > _EVEN * shades.most(levels)
    wanted = _at_the_feet(floor, shades) & ~even
    return shades.only(wanted & _melts(shades, free, floor)) if wanted.any() else shades.only(wanted)


def _gentle(floor: _Floor, size: Levels) -> Mask:
    """Where the frame is shaded, and changes slowly or is doubted by the matte."""
    least = _LEAST * float(floor.ground[::8, ::8].min()) - _ROUNDED
    slow = cv2.morphologyEx(size, cv2.MORPH_GRADIENT, square(1)) <= _STEEP
    slow = slow & (size > least) if least > 0 else slow
    wide = cv2.morphologyEx(floor.doubted.view(np.uint8), cv2.MORPH_OPEN, square(_EDGE)).view(np.bool_)
    asked = wide | slow & (floor.doubted | (floor.alpha <= _DOUBTED))
    free = np.zeros(size.shape, np.bool_)
    deep = max(1, _BAND // size.shape[1])
    for top in range(0, len(size), deep):
        pixels = np.flatnonzero(asked[top : top + deep]) + top * size.shape[1]
        free.ravel()[pixels[floor.shaded(pixels)]] = True
    return cv2.morphologyEx(free.view(np.uint8), cv2.MORPH_OPEN, square(1)).view(np.bool_)


def _at_the_feet(floor: _Floor, shades: Groups) -> NDArray[np.bool_]:
    """Per shade whether it is wide and lies low, where the character stands."""
    row, column = np.divmod(shades.pixels, shades.shape[1])
    top, bottom = shades.least(row) + floor.part.top, shades.most(row) + floor.part.top + 1
    left, right = shades.least(column), shades.most(column) + 1
    under = np.minimum(right, floor.body[2]) - np.maximum(left, floor.body[0])
    head, tall = floor.body[1], floor.body[3] - floor.body[1]
    low = (bottom > head + _FEET * tall) & (top > head + _BELOW * tall)
    return np.asarray(low & (right - left > bottom - top) & (under > _UNDER * (right - left)), np.bool_)


def _melts(shades: Groups, free: Mask, floor: _Floor) -> NDArray[np.bool_]:
    """Per shade whether most of its edge, where the character does not hide it, fades into plain background."""
    held = floor.alpha >= HELD
    outer = free & ~cv2.erode(free.view(np.uint8), square(1)).view(np.bool_) & ~grown(held, _EDGE)
    fades = outer & grown(~floor.seen & ~held, _SOON)
    return np.asarray(shades.total(shades.at(fades)) > _FADES * np.maximum(shades.total(shades.at(outer)), 1))


def _covered(floor: _Floor, shades: Groups) -> Indices:
    """Flat indices of the floor that shades cover: with what is soft around them and what the matte doubts beside
    them, less what is drawn upon them."""
    unit = min(floor.alpha.shape[1], floor.alpha.shape[0] + floor.part.top) / _SIDE
    gap, thin, contact, fine = (max(3, round(unit * each)) for each in (_GAP, _THIN, _CONTACT, _FINE))
    mask = shades.mask
    part = part_of(mask, gap + contact + thin)
    if part is None:
        return _NOTHING
    whole = cv2.morphologyEx(mask[part.slices].view(np.uint8), cv2.MORPH_CLOSE, _disc(gap)).view(np.bool_)
    reach = grown(whole, contact)
    below = reach & (floor.alpha[part.slices] < HELD)
    size, seen = floor.size[part.slices], floor.seen[part.slices]
    doubted = reach & floor.doubted[part.slices] & ~_drawn(size, fine, _BOLD)
    whole = (grown(whole, 1) | below) & ~_drawn(size, thin, _STANDS_OUT)
    shaded, doubts = part.pixels(whole & seen), part.pixels(doubted)
    return np.concatenate([part.pixels(whole & ~seen), shaded[floor.shaded(shaded)], doubts[floor.shaded(doubts, 2.0)]])


def _disc(side: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _drawn(size: Levels, thin: int, least: int) -> Mask:
    """Lines and dots: up to `thin` pixels wide, steeper than any shadow, and off their near surroundings by more than
    `least` levels."""
    lighter, darker = (cv2.morphologyEx(size, hat, _disc(thin)) for hat in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT))
    slope = cv2.dilate(cv2.morphologyEx(size, cv2.MORPH_GRADIENT, square(1)), square(1))
    return np.asarray((cv2.max(lighter, darker) > least) & (slope > _STEEP), np.bool_)


def haze(alpha: Plane, evidence: Evidence) -> Indices:
    """Flat indices of where a matte is unsure of what is plainly background: remains of shadows and of a model's
    doubts."""
    part = part_of(alpha > 0.0, _EDGE)
    if part is None:
        return _NOTHING
    given = alpha[part.slices]
    held = given >= HELD
    away = ~grown(held, _EDGE) & ~grown(evidence.sure[part.slices], _SMOOTH // 2)
    faint = (given < _FAINT) & ~evidence.seen[part.slices] & ~grown(held, _EDGE // 2)
    return part.pixels((given > 0.0) & (away | faint))
