"""How clearly each pixel of a frame differs from its background, measured against the dirt to be expected there.

Two kinds of dirt set the scale. Noise is everywhere alike. Compression rings around strong edges, the more the stronger
the edge and the harder the compression: how hard is read off the frame itself, from places close to strong edges. Luma
and colour are judged apart, because encoders keep colour at half the resolution and spend fewer bits on it.

Whole planes are 8-bit: most of the time goes into moving them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Mask, Pixels, Plane
from popcon.imaging.background import Background, estimate_background

Levels = NDArray[np.uint8]

SURE = 1.8
_FLOORS = (2.3, 2.3, 6.0)  # levels of luma, chroma and size: unsmoothed, and blue counts double
_NOISES = 3.0
_RINGS = 5.0
_UPPER = 0.8  # most places close to an edge lie in blocks that hold no edge
_MOST = (0.05, 0.05, 0.1)  # what the hardest compression that is worth watching does; more is an effect
_STRONG = 60  # levels from which an edge can ring visibly
_REACH = 8  # pixels: a block of either encoder
_CELL = 4


@dataclass(frozen=True)
class Evidence:
    """`background`: of the frame. `size`: HxW uint8, the largest channel's distance from the background. `luma`,
    `chroma`: HxW uint8, distances of the slightly smoothed frame, chroma the larger of both. `around`: HxW uint8, the
    largest `size` within about a block. `seen`: HxW, where dirt does not explain the distance; `sure`:
    where not even `SURE` times as much of it does. `noise`, `ringing`: of
    luma, chroma and size, levels and share of a strong edge."""

    background: Background
    size: Levels
    luma: Levels
    chroma: Levels
    around: Levels
    seen: Mask
    sure: Mask
    noise: tuple[float, ...]
    ringing: tuple[float, ...]

    def ratio(self, pixels: NDArray[np.intp]) -> NDArray[np.float64]:
        """By how much the distance exceeds what dirt explains, at flat indices; above 1 something is there."""
        around = self.around.ravel()[pixels].astype(np.float64)
        planes = zip(_FLOORS, (self.luma, self.chroma, self.size), self.noise, self.ringing, strict=True)
        return np.max(
            [
                plane.ravel()[pixels] / (floor + _NOISES * noise + _RINGS * share * around)
                for floor, plane, noise, share in planes
            ],
            axis=0,
        )


def gather(image: Pixels, alpha: Plane) -> Evidence:
    """The evidence of a frame, HxWx3 uint8, with its matte, HxW float32 0..1."""
    background = estimate_background(image, alpha)
    field = np.rint(background.field).astype(np.uint8)
    first, second, third = cv2.split(cv2.absdiff(image, field))
    size = np.asarray(cv2.max(cv2.max(first, second), third), np.uint8)
    smooth = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb), (3, 3), 0.8)
    luma, red, blue = cv2.split(cv2.absdiff(smooth, cv2.cvtColor(field, cv2.COLOR_RGB2YCrCb)))
    chroma = np.asarray(cv2.max(blue, red), np.uint8)
    near = np.asarray(cv2.dilate(size, np.ones((5, 5), np.uint8)), np.uint8)
    around = _around(near)
    planes = (np.asarray(luma, np.uint8), chroma, size)
    noise, ringing = _dirt(planes, near, around, alpha)
    seen, sure = (_exceeds(planes, around, noise, ringing, factor) for factor in (1.0, SURE))
    return Evidence(background, size, *planes[:2], around, seen, sure, noise, ringing)


def _around(near: Levels) -> Levels:
    """The largest of a surrounding of about a block, smoothly; coarse, as nothing hangs on its exact outline."""
    height, width = near.shape
    coarse = near[_CELL // 2 :: _CELL, _CELL // 2 :: _CELL] if min(near.shape) > _CELL else near
    side = 2 * (_REACH // _CELL) + 1
    wide = cv2.dilate(coarse, np.ones((side, side), np.uint8))
    return np.asarray(cv2.resize(wide, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _exceeds(
    planes: Sequence[Levels], around: Levels, noise: Sequence[float], ringing: Sequence[float], factor: float
) -> Mask:
    """Where any of the planes is beyond so many times what dirt explains."""
    found = np.zeros(around.shape, np.uint8)
    for floor, plane, level, share in zip(_FLOORS, planes, noise, ringing, strict=True):
        limit = factor * (floor + _NOISES * level + _RINGS * share * np.arange(256))
        limits = cv2.LUT(around, np.minimum(np.floor(limit), 255).astype(np.uint8))
        found = cv2.bitwise_or(found, cv2.compare(plane, limits, cv2.CMP_GT))
    return np.asarray(found > 0)


def _dirt(
    planes: Sequence[Levels], near: Levels, around: Levels, alpha: Plane
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Noise and ringing of each plane, from a thinned grid of pixels off the matte."""
    step = max(1, min(alpha.shape) // 200)
    grid = (slice(None, None, step), slice(None, None, step))
    held = (alpha >= 0.5).view(np.uint8)
    touching = cv2.dilate(held, np.ones((2 * _REACH + 1, 2 * _REACH + 1), np.uint8))[grid] > 0
    off, near, around = alpha[grid] < 0.02, near[grid], around[grid]
    flat = off & (around < _STRONG // 4)
    # Beside the matte and not beside effects, which would pass for dirt where they are pale inside.
    beside = off & touching & (around > _STRONG) & (near < 0.4 * around)
    thin = [plane[grid] for plane in planes]
    noise = tuple(_rms(plane[flat]) for plane in thin)
    ringing = tuple(min(most, _upper(plane[beside] / around[beside])) for plane, most in zip(thin, _MOST, strict=True))
    return noise, ringing


def _rms(values: Levels) -> float:
    """Root mean square of the lower 90 %: 8-bit medians of small noise are 0 or 1."""
    if values.size < 32:
        return 0.0
    lower = values[values <= np.quantile(values, 0.95)].astype(np.float64)
    return float(np.sqrt(np.mean(lower**2)))


def _upper(values: NDArray[np.float64]) -> float:
    return float(np.quantile(values, _UPPER)) if values.size >= 32 else 0.0
