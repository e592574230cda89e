"""The finish: from a picture and its alpha to clean straight RGBA."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from popcon.imaging import unmix
from popcon.imaging.arrays import Colours, Pixels, Plane
from popcon.imaging.background import Background, estimate_background
from services.matting.behind import CELL, Behind, Places, behind, cells, spread
from services.matting.edges import Edges, find_edges
from services.matting.stabilise import stabilise

_MARGIN = 32  # pixels
_UNPLAIN = 5.0  # grey levels of dirt in what is only guessed to lie behind
_SPREAD = 10.0  # grey levels by which neighbouring colours of a figure differ
_SMEAR = 20.0  # grey levels of dirt for each alpha of smear
_OPAQUE = 250  # of 255
_HAZE = 15  # of 255: the alpha up to which a matte must be borne out by the picture
_SOLID = 0.05  # the weight of solid pixels in the colour of soft ones


def finish(rgb: Pixels, alpha: Plane, background: Background | None = None) -> Pixels:
    """HxWx4 uint8 straight RGBA of an HxWx3 uint8 picture and its alpha (HxW float32, 0..1), RGB 0 where alpha is 0.

    Along hard edges the alpha is corrected by the colours on both sides, so that a matte a pixel too wide or too tight
    leaves no rim; soft alpha and what lies inside stay as they are. Colours are freed of the background, so that no
    light rim shows on a dark chat and no dark one on a light one. `background` is estimated where it is not given.
    """
    background = background or estimate_background(rgb)
    opacity = np.asarray(cv2.convertScaleAbs(alpha, alpha=255.0), np.uint8)
    finished = np.zeros((*alpha.shape, 4), np.uint8)
    part = _around(opacity)
    near = replace(background, field=background.field[part])
    finished[part] = _finished(np.ascontiguousarray(rgb[part]), alpha[part], opacity[part], near)
    return finished


def finish_clip(
    frames: Sequence[Pixels], alphas: Sequence[Plane], backgrounds: Sequence[Background] | None = None
) -> list[Pixels]:
    """As `finish`, for the frames of a clip that repeats, their alphas made steady first."""
    known = backgrounds or [estimate_background(frame) for frame in frames]
    steady = stabilise(frames, alphas)
    return [finish(frame, alpha, back) for frame, alpha, back in zip(frames, steady, known, strict=True)]


def _around(opacity: Pixels) -> tuple[slice, slice]:
    """The part of the frame in which there is alpha, with some of the background around it."""
    x, y, width, height = cv2.boundingRect(opacity)
    return slice(max(0, y - _MARGIN), y + height + _MARGIN), slice(max(0, x - _MARGIN), x + width + _MARGIN)


def _finished(rgb: Pixels, alpha: Plane, before: Pixels, background: Background) -> Pixels:
    back = behind(rgb, before, background)
    edges = find_edges(rgb, before, back)
    seen = cells(rgb)
    opacity = before.ravel().copy()
    given = alpha.ravel()[edges.places]
    opacity[edges.places] = np.rint((given + edges.trust * (edges.alpha - given)) * 255)
    faint = np.flatnonzero((opacity - np.uint8(1)) < _HAZE)
    opacity[faint] = np.rint(opacity[faint] * _borne_out(rgb, seen, back, faint))
    after = opacity.reshape(alpha.shape)
    finished = unmix.joined(rgb, after)
    partial = np.flatnonzero((after - np.uint8(1)) < 254)
    finished.reshape(-1, 4)[partial, :3] = _unmixed(rgb, seen, after, back, edges, partial)
    return finished


def _borne_out(rgb: Pixels, seen: Colours, back: Behind, places: Places) -> Plane:
    """N float32 0..1: how far the picture differs from its background around pixels by flat index. A model's haze lies
    where it does not; the foot of a glow where it does."""
    rows, columns = np.divmod(places, rgb.shape[1])
    unlike = np.abs(seen - back.cells).max(axis=2)
    shown = np.abs(rgb.reshape(-1, 3)[places] - back.at(rows, columns)).max(axis=1)
    evidence = np.maximum(unlike[rows // CELL, columns // CELL], shown - 2 * back.dirt)
    return np.asarray(np.clip(evidence / back.dirt - 0.5, 0, 1), np.float32)


def _unmixed(rgb: Pixels, seen: Colours, alpha: Pixels, back: Behind, edges: Edges, places: Places) -> Colours:
    """Nx3 foreground colours, 0..255, of pixels by flat index.

    The unmixed colour (`unmix.foreground_of`) carries the dirt of the picture divided by alpha. It is drawn towards
    the colour of its neighbourhood by as much as that dirt outweighs what colours differ by: Wiener's filter.
    """
    rows, columns = np.divmod(places, alpha.shape[1])
    likely = (_soft_colours(seen, alpha, back) if back.plain else _solid_colours(rgb, alpha, back))[
        rows // CELL, columns // CELL
    ]
    row = np.full(alpha.size, -1, np.int32)
    row[edges.places] = np.arange(len(edges.places))
    known = row[places]
    hard = known >= 0
    known = known[hard]
    likely[hard] += edges.trust[known, None] * (edges.colours[known] - likely[hard])
    opacity = (alpha.ravel()[places] / np.float32(255))[:, None]
    behind_it = back.at(rows, columns)
    rest = rgb.reshape(-1, 3)[places] - behind_it - opacity * (likely - behind_it)
    dirt = np.full((len(places), 1), back.dirt if back.plain else _UNPLAIN, np.float32)
    dirt[hard] += _SMEAR * edges.smear * edges.trust[known, None]
    gain = opacity / (opacity * opacity + (dirt / _SPREAD) ** 2)
    return np.asarray(np.rint(np.clip(likely + gain * rest, 0, 255)), np.float32)


def _soft_colours(seen: Colours, alpha: Pixels, back: Behind) -> Colours:
    """The mean foreground colour around every cell, soft pixels before solid ones."""
    share = cells(alpha)[..., None] / np.float32(255)
    weight = 1 + _SOLID - share
    light = cv2.blur((seen - (1 - share) * back.cells) * weight, (3, 3))
    return np.asarray(
        np.clip(light / np.maximum(cv2.blur(share * weight, (3, 3)), 1e-3)[..., None], 0, 255), np.float32
    )


def _solid_colours(rgb: Pixels, alpha: Pixels, back: Behind) -> Colours:
    """The colours of solid pixels, spread to every cell."""
    solid = np.where(alpha >= _OPAQUE, np.uint8(255), np.uint8(0))
    weight = np.asarray(cells(solid) / np.float32(255), np.float32)
    return spread(cells(np.asarray(cv2.bitwise_and(rgb, rgb, mask=solid), np.uint8)), weight, back.cells)
