"""Select: the region of a frame that a few points mean. The same points always give the same region.

`flood` takes what is connected to a point and of its colour. `object` takes one object that all points lie on: a piece
that floats by itself is taken whole, of the largest figure the parts that were pointed at; GrabCut (Rother, Kolmogorov
and Blake, SIGGRAPH 2004) then learns from these what the object's colours are, and cuts along edges.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.errors import InvalidRequest
from popcon.imaging.arrays import Mask, Pixels
from popcon.imaging.background import estimate_background
from popcon.imaging.masks import border, connected, grown
from popcon.imaging.resize import content_box, over, premultiply

_LIKE = 24.0  # grey levels by which a flood's colours differ from its point's
_SEEN = 8  # of 255: an alpha that can be pointed at
_APART = 10.0  # grey levels from the background, on top of its noise
_PLAIN = 0.6  # the share of the border that a plain background explains
_DOT = 2  # pixels around a point that are as certain as the point
_REACH, _DEPTH = 12, 3  # pixels: how far a cut may move out and in; what it may move over bounds its time
_AROUND = 24  # pixels of surroundings that GrabCut compares with
_ROUNDS = 3
_RIM = 1  # pixels: what is drawn smoothly fades over its rim, which belongs to it
_BACKDROPS = ((255, 255, 255), (0, 0, 0), (0, 255, 0), (255, 0, 255), (0, 128, 255))


@dataclass(frozen=True)
class Spot:
    """A pixel that was pointed at. `keep`: whether it belongs to the region; else the region must not reach it."""

    column: int
    row: int
    keep: bool


def select_flood(picture: Pixels, spots: Sequence[Spot]) -> Pixels:
    """HxW uint8, 0..255: the region with a soft rim. `picture`: HxWx4 uint8 straight RGBA. Raises `InvalidRequest` for
    points outside, and where none is to keep."""
    _check(picture, spots)
    return _softened(_flooded(picture, spots))


def select_object(picture: Pixels, spots: Sequence[Spot]) -> Pixels:
    """As `select_flood`: the one object that the spots to keep lie on."""
    _check(picture, spots)
    likely = _likely(picture, spots)
    known = np.where(likely, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_PR_BGD))
    known[~grown(likely, _REACH)] = cv2.GC_BGD
    known[~grown(~likely, _DEPTH)] = cv2.GC_FGD
    for keep, value in ((True, cv2.GC_FGD), (False, cv2.GC_BGD)):
        known[grown(_marked(picture, spots, keep), _DOT)] = value
    found = connected(_cut(picture, known), _marked(picture, spots, True))
    return _softened(_filled(found, _marked(picture, spots, False)))


def _check(picture: Pixels, spots: Sequence[Spot]) -> None:
    height, width = picture.shape[:2]
    if not any(spot.keep for spot in spots):
        raise InvalidRequest("Point at something to keep.", field="points")
    if not all(0 <= spot.column < width and 0 <= spot.row < height for spot in spots):
        raise InvalidRequest(f"A point lies outside the frame, which is {width}x{height} pixels.", field="points")


def _marked(picture: Pixels, spots: Iterable[Spot], keep: bool) -> Mask:
    """The pixels of the spots to keep, or of the others."""
    marked = np.zeros(picture.shape[:2], np.bool_)
    for spot in spots:
        if spot.keep is keep:
            marked[spot.row, spot.column] = True
    return marked


def _flooded(picture: Pixels, spots: Iterable[Spot]) -> Mask:
    """What is connected to the spots to keep and of their colours, without what is so to the others."""
    colours = premultiply(picture)
    found = {True: np.zeros(picture.shape[:2], np.bool_), False: np.zeros(picture.shape[:2], np.bool_)}
    for spot in spots:
        like = np.abs(colours - colours[spot.row, spot.column]).max(axis=2) <= _LIKE
        found[spot.keep] |= connected(like, _marked(picture, [Spot(spot.column, spot.row, True)], True))
    return found[True] & ~found[False]


def _likely(picture: Pixels, spots: Sequence[Spot]) -> Mask:
    """Where the object probably is."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(_figure(picture).astype(np.uint8), connectivity=8)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if len(stats) > 1 else 0
    cut = {0, largest, *labels[_marked(picture, spots, False)].tolist()}
    whole = sorted(set(labels[_marked(picture, spots, True)].tolist()) - cut)
    of_parts = [spot for spot in spots if not spot.keep or labels[spot.row, spot.column] in cut]
    return np.isin(labels, whole) | _flooded(picture, of_parts)


def _figure(picture: Pixels) -> Mask:
    """What stands out from the background; nothing where that is not plain."""
    if picture[..., 3].min() < _SEEN:
        return np.asarray(picture[..., 3] >= _SEEN, np.bool_)
    rgb = np.ascontiguousarray(picture[..., :3])
    background = estimate_background(rgb)
    if background.share < _PLAIN:
        return np.zeros(rgb.shape[:2], np.bool_)
    seen = np.abs(rgb - background.field).max(axis=2) > _APART + 3 * background.noise
    return _filled(np.asarray(seen, np.bool_), np.zeros(seen.shape, np.bool_))


def _filled(mask: Mask, without: Mask) -> Mask:
    """A mask and what it encloses, but for what holds a pixel of `without`."""
    return ~connected(~mask, border(mask.shape) | without)


def _cut(picture: Pixels, known: NDArray[np.uint8]) -> Mask:
    """GrabCut around what is not certainly background."""
    left, top, right, bottom = content_box(np.asarray(known != cv2.GC_BGD, np.uint8)) or (0, 0, 1, 1)
    part = slice(max(0, top - _AROUND), bottom + _AROUND), slice(max(0, left - _AROUND), right + _AROUND)
    cut, models = np.ascontiguousarray(known[part]), (np.zeros((1, 65)), np.zeros((1, 65)))
    found = np.zeros(known.shape, np.bool_)
    if (cut % 2 == 0).any():  # both kinds of background are even: without any there is nothing to cut from
        cv2.setRNGSeed(0)
        cv2.grabCut(over(picture[part], _backdrop(picture)), cut, (0, 0, 0, 0), *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    found[part] = cut % 2 == 1
    return found


def _backdrop(picture: Pixels) -> tuple[int, int, int]:
    """Of some plain colours the one that is farthest from those of the picture."""
    shown = picture[picture[..., 3] >= _SEEN][::7, :3].astype(np.float32)
    if not len(shown):
        return _BACKDROPS[0]
    return max(_BACKDROPS, key=lambda colour: float(np.percentile(np.abs(shown - colour).max(axis=1), 2)))


def _softened(region: Mask) -> Pixels:
    whole = np.where(grown(region, _RIM), np.uint8(255), np.uint8(0))
    return np.asarray(cv2.GaussianBlur(whole, (3, 3), 0), np.uint8)
