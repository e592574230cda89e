"""How clearly each pixel of a frame differs from its background, measured against the dirt to be expected there.

Two kinds of dirt set the scale. Noise is everywhere alike. Compression rings around strong edges, the more the stronger
the edge and the harder the compression: how hard is read off the frame itself, from places close to strong edges. Luma
and colour are judged apart, because encoders keep colour at half the resolution and spend fewer bits on it.

Whole planes are 8-bit: most of the time goes into moving them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Colours, Mask, Pixels, Plane
from popcon.imaging.background import Background, estimate_background
from popcon.imaging.masks import grown, square
from services.matting.rescue.parts import Indices

Levels = NDArray[np.uint8]
"""HxW, 0..255."""
Number = TypeVar("Number", np.uint8, np.float32)

HELD = 0.5
"""An alpha from which a matte holds a pixel."""

SURE = 1.8
"""Times what dirt explains from which something is there for sure."""

_FLOORS = (2.3, 2.3, 6.0)  # levels of luma, chroma and size: unsmoothed, and blue counts double
_NOISES = 3.0  # times the noise
_RINGS = 5.0  # times the ringing
_UPPER = 0.8  # quantile: most places close to an edge lie in blocks that hold no edge
_SWING = 3  # pixels: further than a swing of the rescaled ringing is long, less than a soft effect changes over
_SWINGS = 1.1  # times
_MIDDLING = 0.25  # of the most: where too few places show it
_MOST = (0.05, 0.05, 0.1)  # of the edge: what the hardest compression that is worth watching does; more is an effect
_STRONG = 60  # levels from which an edge can ring visibly
_REACH = 8  # pixels: a block of either encoder
_CELL = 4  # pixels: of the thinned plane in which surroundings are looked for
_NEAR = 2  # pixels
_GRID = 200  # places along the shorter side where dirt is measured, at least
_OFF = 0.02  # an alpha below which a matte holds nothing
_ENOUGH = 32  # places
_BAND, _BAND_ROWS = 1 << 15, 32  # pixels, rows at least


@dataclass(frozen=True)
class Evidence:
    """`background`: of the frame. `size`: HxW uint8, the largest channel's distance from the background. `luma`,
    `chroma`: HxW uint8, distances of the slightly smoothed frame, chroma the larger of both. `near`, `around`: HxW
    uint8, the largest `size` within 2 pixels and within about a block. `seen`: HxW, where dirt does not explain the
    distance; `sure`: where not even `SURE` times as much of it does. `noise`, `ringing`: of luma, chroma and size,
    levels and share of a strong edge."""

    background: Background
    size: Levels
    luma: Levels
    chroma: Levels
    near: Levels
    around: Levels
    seen: Mask
    sure: Mask
    noise: tuple[float, ...]
    ringing: tuple[float, ...]

    def ratio(self, pixels: Indices) -> NDArray[np.float64]:
        """By how much the distance exceeds what dirt explains, at flat indices; above 1 something is there."""
        around = self.around.ravel()[pixels]
        ratios = (
            plane.ravel()[pixels] / limits[around]
            for plane, limits in zip(
                (self.luma, self.chroma, self.size), _limits(self.noise, self.ringing), strict=True
            )
        )
        return reduce(np.maximum, ratios)

    def exceeds(self, pixels: Indices, factor: float) -> NDArray[np.bool_]:
        """Whether the distance is beyond so many times what dirt explains, at flat indices."""
        around, found = self.around.ravel()[pixels], np.zeros(len(pixels), np.bool_)
        for plane, limits in zip((self.luma, self.chroma, self.size), _limits(self.noise, self.ringing), strict=True):
            found |= plane.ravel()[pixels] > _whole(factor * limits)[around]
        return found

    def shift(self, image: Pixels, pixels: Indices) -> NDArray[np.float32]:
        """3 x n: how far the colours at flat indices of a frame are from the background, levels."""
        return np.asarray(colours(image, pixels) - colours(self.background.field, pixels), np.float32)


def colours(image: NDArray[Number], pixels: Indices) -> NDArray[Number]:
    """3 x n: the colours at flat indices of a picture, HxWx3."""
    # A constant background is one pixel, seen everywhere; it must not be unrolled.
    flat = (
        image.reshape(-1, 3).take(pixels, axis=0)
        if image.flags.c_contiguous
        else image[np.divmod(pixels, image.shape[1])]
    )
    # Channel by channel: NumPy is slow to reduce an axis of three.
    return np.ascontiguousarray(flat.T)


def gather(image: Pixels, alpha: Plane) -> Evidence:
    """The evidence of a frame, HxWx3 uint8, with its matte, HxW float32 0..1."""
    background = estimate_background(image, alpha)
    size, luma, chroma = _distances(image, background.field)
    near = np.asarray(cv2.dilate(size, square(_NEAR)), np.uint8)
    around = _around(near)
    noise, ringing = _dirt((luma, chroma, size), near, around, alpha)
    limits = _limits(noise, ringing)
    seen, sure = (_exceeds((luma, chroma, size), around, limits, factor) for factor in (1.0, SURE))
    return Evidence(background, size, luma, chroma, near, around, seen, sure, noise, ringing)


def _distances(image: Pixels, field: Colours) -> tuple[Levels, Levels, Levels]:
    """`size`, `luma` and `chroma` of `Evidence`, band by band: small passing planes stay in the cache."""
    height, width = image.shape[:2]
    size, luma, chroma = (np.empty((height, width), np.uint8) for _ in range(3))
    deep = max(_BAND_ROWS, _BAND // width)
    # Splitting into planes that are there is several times as fast; parts of one array would share lines of the cache.
    planes = [np.empty((deep, width), np.uint8) for _ in range(3)]
    for top in range(0, height, deep):
        bottom = min(top + deep, height)
        first, last = max(0, top - 1), min(height, bottom + 1)
        one, two, three = (each[: bottom - top] for each in planes)
        behind = cv2.convertScaleAbs(np.ascontiguousarray(field[top:bottom]))
        cv2.split(cv2.absdiff(image[top:bottom], behind), [one, two, three])
        cv2.max(cv2.max(one, two, dst=one), three, dst=size[top:bottom])
        smooth = cv2.GaussianBlur(cv2.cvtColor(image[first:last], cv2.COLOR_RGB2YCrCb), (3, 3), 0.8)
        apart = cv2.absdiff(smooth[top - first : bottom - first], cv2.cvtColor(behind, cv2.COLOR_RGB2YCrCb))
        cv2.split(apart, [luma[top:bottom], one, two])
        cv2.max(one, two, dst=chroma[top:bottom])
    return size, luma, chroma


def _around(near: Levels) -> Levels:
    """The largest of a surrounding of about a block, smoothly; coarse, as nothing hangs on its exact outline."""
    height, width = near.shape
    coarse = near[_CELL // 2 :: _CELL, _CELL // 2 :: _CELL] if min(near.shape) > _CELL else near
    side = 2 * (_REACH // _CELL) + 1
    wide = cv2.dilate(coarse, np.ones((side, side), np.uint8))
    return np.asarray(cv2.resize(wide, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _limits(noise: Sequence[float], ringing: Sequence[float]) -> list[NDArray[np.float64]]:
    """Of each plane, what dirt explains beside each of the 256 values of `around`."""
    around = np.arange(256, dtype=np.float64)
    return [
        floor + _NOISES * level + _RINGS * share * around
        for floor, level, share in zip(_FLOORS, noise, ringing, strict=True)
    ]


def _exceeds(planes: Sequence[Levels], around: Levels, limits: Sequence[NDArray[np.float64]], factor: float) -> Mask:
    """Where any of the planes is beyond so many times what dirt explains."""
    found = np.zeros(around.shape, np.bool_)
    for plane, limit in zip(planes, limits, strict=True):
        # Rounded down: whole levels are beyond both or neither.
        found |= plane > cv2.LUT(around, _whole(factor * limit))
    return found


def _whole(limits: NDArray[np.float64]) -> Levels:
    return np.minimum(limits, 255).astype(np.uint8)


def _dirt(
    planes: Sequence[Levels], near: Levels, around: Levels, alpha: Plane
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Noise and ringing of each plane, from a thinned grid of pixels off the matte."""
    step = max(1, min(alpha.shape) // _GRID)
    grid = (slice(None, None, step), slice(None, None, step))
    touching = grown(alpha >= HELD, _REACH)[grid]
    off, near, around = alpha[grid] < _OFF, near[grid], np.ascontiguousarray(around[grid])
    flat = off & (around < _STRONG // 4)
    # Beside the matte and not beside effects, which would pass for dirt where they are pale inside.
    beside = np.flatnonzero(off & touching & (around > _STRONG))
    near, around = near.ravel()[beside], around.ravel()[beside]
    clear = near < 0.4 * around
    rows, columns = np.divmod(beside[clear], flat.shape[1])
    rows, columns, around = rows * step, columns * step, around[clear]
    noise = tuple(_rms(np.ascontiguousarray(plane[grid]), flat) for plane in planes)
    ringing = tuple(_ringing(plane, rows, columns, around, most) for plane, most in zip(planes, _MOST, strict=True))
    return noise, ringing


def _ringing(plane: Levels, rows: Indices, columns: Indices, around: Levels, most: float) -> float:
    """The share of the strong edges around places (rows, columns) that a plane shows there, `most` at most. What does
    not swing is no ringing: a large pale effect behind the character would pass for it."""
    if rows.size < _ENOUGH:
        return _MIDDLING * most
    here = plane[rows, columns].astype(np.float64)
    across = np.abs(here - plane[rows, np.maximum(columns - _SWING, 0)])
    down = np.abs(here - plane[np.maximum(rows - _SWING, 0), columns])
    swing, share = (_upper(each / around) for each in (np.maximum(across, down), here))
    return min(most, _SWINGS * swing, share)


def _upper(values: NDArray[np.float64]) -> float:
    """The quantile `_UPPER` of two values or more, as `np.quantile` has it, which takes several times as long."""
    low, rest = divmod(_UPPER * (len(values) - 1), 1.0)
    lower, upper = np.sort(values)[int(low) : int(low) + 2].tolist()
    return float(lower + rest * (upper - lower))


def _rms(plane: Levels, where: Mask) -> float:
    """Root mean square of the lower 95 %: 8-bit medians of small noise are 0 or 1."""
    counts = cv2.calcHist([plane], [0], where.view(np.uint8), [256], [0, 256]).ravel().astype(np.intp)
    size, level = int(counts.sum()), np.arange(256)
    if size < _ENOUGH:
        return 0.0
    at = 0.95 * (size - 1)
    lower, upper = np.searchsorted(np.cumsum(counts), [int(at), min(int(at) + 1, size - 1)], side="right")
    inside = level <= lower + (upper - lower) * (at - int(at))
    return float(np.sqrt((counts * level**2)[inside].sum() / counts[inside].sum()))
