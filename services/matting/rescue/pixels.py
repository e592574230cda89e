"""What is measured of each pixel of what is put back, for the net that says how opaque it is.

Encoders keep colour at half the resolution, so luma and colour are measured apart: beside an edge the colour has run,
the luma has not. Windows are in pixels whatever the size of the frame is, as what encoders and antialiasing do to an
edge is.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging import unmix
from popcon.imaging.arrays import Mask, Pixels, Plane
from popcon.imaging.masks import grown, square
from services.matting.rescue.evidence import Evidence, colours
from services.matting.rescue.features import TO_LUMA_CHROMA
from services.matting.rescue.groups import Groups
from services.matting.rescue.parts import Indices, Part, depth, part_of

_FEET = 2  # pixels around what is kept: there its edge fades
_MIXED = 1.5  # times its share of the colour within: an encoder blurs
_FAR = 13  # pixels: as far as what has joined lies from its candidate
_FULL = 0.98  # alpha: nothing can be added
_NEAR, _WIDE = 5, 8  # pixels: within these an edge, and a soft slope, find the strongest colour
_CELL = 4  # pixels
_DEEP, _EVEN = 2.0, 0.85  # pixels, of the colour within
_DEEPER, _PALE = 4.0, 0.12  # the same: a pale fill within a strong outline
_STEEP = 3  # pixels
_WHITE, _NOT_WHITE = 253, 250  # levels
_DIRT = 6.0  # levels
_DEEPEST = 10.0  # pixels
_LEAST = np.uint8(10)  # levels: shares of less would be shares of dirt

Table = NDArray[np.float32]


@dataclass(frozen=True)
class Sights:
    """`pixels`: n flat indices. `of`: the candidate of each. `table`: n x m measures. `most`: n float32, the largest
    alpha that each can have: around what is kept, pixels are mixtures of it and of the background. `inside`: n, whether
    it lies behind a hard edge, deep enough that neither blur nor antialiasing reaches it. `least`: n float32, the
    smallest alpha that any colour would need, less what dirt may add."""

    pixels: Indices
    of: Indices
    table: Table
    most: Plane
    inside: NDArray[np.bool_]
    least: Plane


def look(image: Pixels, alpha: Plane, evidence: Evidence, wanted: Groups, kept: Mask) -> Sights:
    """The pixels of `kept`, HxW, and around it, unless the matte, HxW float32 0..1, is opaque there. `kept` holds all
    of the candidates `wanted`, of which there is one at least."""
    part = part_of(kept, _FAR)
    assert part is not None
    own, given = kept[part.slices], alpha[part.slices]
    at = np.flatnonzero(grown(own, _FEET) & (given < _FULL))
    pixels = part.flat(at)
    strengths = _strengths(image, evidence, pixels)
    plane = np.zeros((*own.shape, 4), np.uint8)
    plane.view(np.uint32).ravel()[at] = strengths.view(np.uint32).ravel()
    shares, strongest = _shares(plane, strengths, at)
    deep, share = depth(own).ravel()[at], shares[0][:, 0]
    place = (
        np.minimum(deep, _DEEPEST),
        alpha.ravel()[pixels],
        evidence.around.ravel()[pixels],
    )
    shapes = _shapes(np.ascontiguousarray(evidence.size[part.slices]), strongest, at)
    table = np.column_stack([*shares, *shapes, *place])
    most = np.where(own.ravel()[at], np.float32(1.0), _MIXED * share).astype(np.float32)
    inside = ((deep > _DEEP) & (share > _EVEN)) | ((deep > _DEEPER) & (share > _PALE))
    least, deeper = np.zeros(len(at), np.float32), np.flatnonzero(deep > _DEEP)
    least[deeper] = _least(image, evidence, pixels[deeper])
    deeper = deeper[deep[deeper] > _DEEPER]
    least[deeper[_white(image, evidence, pixels[deeper])]] = 1.0
    return Sights(pixels, _owners(wanted, part, at), np.asarray(table, np.float32), most, inside, least)


def _strengths(image: Pixels, evidence: Evidence, pixels: Indices) -> Pixels:
    """n x 4: largest channel, luma and chroma off the background, levels; the smallest alpha possible, 0..255."""
    colour, behind = colours(image, pixels).astype(np.float32), colours(evidence.background.field, pixels)
    shift = colour - behind
    luma, blue, red = TO_LUMA_CHROMA.astype(np.float32) @ shift
    smallest = 255 * unmix.smallest_alpha(colour.T, behind.T)
    levels = np.stack([np.abs(shift).max(axis=0), np.abs(luma), np.hypot(blue, red), smallest], axis=1)
    return np.asarray(np.rint(levels.clip(0, 255)), np.uint8)


def _least(image: Pixels, evidence: Evidence, pixels: Indices) -> Plane:
    """n float32: `unmix.smallest_alpha` of colours that dirt moved away from the background, by as much as it may."""
    colour, behind = colours(image, pixels).astype(np.float32), colours(evidence.background.field, pixels)
    dirt = _DIRT + 3.0 * max(evidence.noise)
    nearer = np.where(colour > behind, np.maximum(colour - dirt, behind), np.minimum(colour + dirt, behind))
    return np.asarray(unmix.smallest_alpha(nearer.T, behind.T), np.float32)


def _white(image: Pixels, evidence: Evidence, pixels: Indices) -> NDArray[np.bool_]:
    """n: white on what is not. However little they differ, nothing else is seen through it."""
    white = colours(image, pixels).min(axis=0) >= _WHITE
    return np.asarray(white & (colours(evidence.background.field, pixels).min(axis=0) < _NOT_WHITE), np.bool_)


def _shares(plane: Pixels, strengths: Pixels, at: Indices) -> tuple[list[Table], Table]:
    """Of pixels and their neighbourhoods the shares of the strongest within `_NEAR`, that itself, and its share of the
    strongest further around, n x 4 each; and its largest channel, n. `plane`: HxWx4, the strengths in their places."""
    beside = cv2.dilate(plane, square(1))
    near = np.asarray(cv2.dilate(beside, square(_NEAR - 1)), np.uint8)
    coarse = cv2.dilate(np.ascontiguousarray(near[_CELL // 2 :: _CELL, _CELL // 2 :: _CELL]), square(_WIDE // _CELL))
    wide = cv2.resize(coarse, near.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    around = (beside, cv2.blur(plane, (3, 3)), cv2.erode(plane, square(1)), cv2.blur(plane, (7, 7)))
    strongest = np.maximum(_gathered(near, at), _LEAST).astype(np.float32)
    levels = [strengths, *(_gathered(each, at) for each in around)]
    shares = [np.asarray(each / strongest, np.float32) for each in levels]
    further = np.asarray(strongest / np.maximum(_gathered(wide, at), _LEAST), np.float32)
    return [*shares, strongest, further], strongest[:, 0]


def _shapes(size: Pixels, strongest: Plane, at: Indices) -> list[Table]:
    """How steep it is at a pixel and nearby, and the least nearby, of the strongest: n each. `size`: HxW."""
    slope = cv2.morphologyEx(size, cv2.MORPH_GRADIENT, square(1))
    planes = (slope, cv2.dilate(slope, square(_STEEP)), cv2.erode(size, square(_STEEP)))
    return [plane.ravel()[at] / strongest for plane in planes]


def _gathered(plane: NDArray[np.generic], at: Indices) -> Pixels:
    """n x 4: pixels of a plane, HxWx4 uint8, by flat index. Whole words are gathered several times as fast as rows."""
    return plane.view(np.uint32).ravel()[at].view(np.uint8).reshape(-1, 4)


def _owners(wanted: Groups, part: Part, at: Indices) -> Indices:
    """The candidate that each pixel of a part belongs to, or else one nearby."""
    # 16 bits are enough for all but the wildest frames, and quicker.
    labels = np.zeros(wanted.shape, np.uint16 if wanted.count < 1 << 16 else np.float32)
    labels.ravel()[wanted.pixels] = wanted.of + 1
    labels = labels[part.slices]
    own, beside, far = (
        plane.ravel()[at].astype(np.intp)
        for plane in (labels, *(cv2.dilate(labels, square(reach)) for reach in (_FEET + 1, _FAR)))
    )
    found = np.where(own > 0, own, np.where(beside > 0, beside, far))
    return np.asarray(np.maximum(found - 1, 0), np.intp)
