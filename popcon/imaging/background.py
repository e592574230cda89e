"""The background of a picture, modelled from its border: a plain colour that may drift slowly, plus noise."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Colours, Pixels, Plane
from popcon.imaging.masks import grown

_RING = 0.012  # of the shorter side
_SAMPLES = 6000
_FEWEST = 200
_BAND = 0.14  # of the shorter side
_OFF = 0.02  # an alpha below which a matte holds nothing
_SOFT = 4  # pixels around a matte that it may have missed
_NEAR_MODE = 24.0  # grey levels
_MIN_TOLERANCE = 6.0  # grey levels
_STEPS = 8
_CELL = 8  # pixels: within one a polynomial of degree 2 is next to straight
_EXPLAINED = 10.0  # grey levels on top of the noise

Values = NDArray[np.float64]
Places = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns of pixels."""


@dataclass(frozen=True)
class Background:
    """`colour`: the commonest border colour, 3 floats 0..255. `field`: HxWx3 float32 0..255, the background that each
    pixel would show. `noise`: standard deviation at the border, grey levels. `share`: fraction of the border that the
    field explains, 0..1; low where the picture has no plain background."""

    colour: Colours
    field: Colours
    noise: float
    share: float


def estimate_background(rgb: Pixels, alpha: Plane | None = None) -> Background:
    """The background of an HxWx3 uint8 picture, from its border; from a wider band of it where its matte (HxW float32,
    0..1) is given. What else lies there is left out of the fit as long as it covers the smaller part.

    The field is a polynomial of degree 0 to 2 in x and y, by how many of the samples support it, fitted by least
    squares that drop outliers and start at the mode of the samples' colours.
    """
    height, width = rgb.shape[:2]
    ring = _ring(height, width)
    rows, columns = ring if alpha is None else _off(alpha)
    colour = _mode(_colours(rgb, ring))
    basis = _basis(columns / max(width - 1, 1) * 2 - 1, rows / max(height - 1, 1) * 2 - 1)
    weights, residual = _fit(basis, _colours(rgb, (rows, columns)).astype(np.float64), colour)
    apart = _apart(residual)
    noise = _spread(residual, apart <= max(_MIN_TOLERANCE, 3.0 * _spread(residual, apart <= _NEAR_MODE)))
    share = float((apart <= _EXPLAINED + 3.0 * noise).mean())
    return Background(colour.astype(np.float32), _field(weights, height, width), noise, share)


def _colours(rgb: Pixels, places: Places) -> Pixels:
    """3xN: the colours of pixels. Whole rows of bytes are taken several times as fast as by row and column."""
    rows, columns = places
    flat = np.ascontiguousarray(rgb).reshape(-1, 3).take(rows * rgb.shape[1] + columns, axis=0)
    return np.ascontiguousarray(flat.T)


def difference(rgb: Pixels, background: Background) -> Plane:
    """How far each pixel is from the background: the largest channel's distance, HxW float32, 0..255."""
    apart = np.abs(rgb - background.field)
    # Channel by channel: NumPy is slow to reduce an axis of three.
    return np.asarray(np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2]), np.float32)


@lru_cache(maxsize=8)
def _ring(height: int, width: int) -> Places:
    """The pixels near the border, thinned evenly to a bounded number."""
    inset = max(1, round(_RING * min(height, width)))
    deep, across = max(height - 2 * inset, 0), max(width - 2 * inset, 0)
    count = height * width - deep * across
    # A fixed stride can fall in step with the columns; a seeded draw cannot.
    chosen = np.random.default_rng(0).choice(count, _SAMPLES, replace=False) if count > _SAMPLES else np.arange(count)
    if not deep or not across:
        rows, columns = np.divmod(chosen, width)
        return rows, columns
    beside = chosen - inset * width
    row, column = np.divmod(beside, 2 * inset)
    sides = (inset + row) * width + np.where(column < inset, column, column + across)
    flat = np.where(row < 0, chosen, np.where(row < deep, sides, chosen + deep * across))
    rows, columns = np.divmod(flat, width)
    return rows, columns


def _off(alpha: Plane) -> Places:
    """Pixels off a matte in a wide band along the border, on a grid of a bounded number; the ring where the matte
    leaves too little of it. The middle is left to what lies there: a burst behind the character can cover all of it."""
    height, width = alpha.shape
    step = max(1, round((height * width * 4 * _BAND / _SAMPLES) ** 0.5))
    deep = max(1, round(_BAND * min(height, width) / step))
    wide = ~grown(alpha >= _OFF, _SOFT)[step // 2 :: step, step // 2 :: step]
    wide[deep:-deep, deep:-deep] = False
    rows, columns = np.nonzero(wide)
    if len(rows) < _FEWEST:
        return _ring(height, width)
    return rows * step + step // 2, columns * step + step // 2


def _mode(samples: Pixels) -> Values:
    """The commonest colour of 3xN samples: of 32x32x32 bins the one that is fullest with those around it, as an uneven
    background is in many, centred on what is around it (mean shift)."""
    red, green, blue = (samples >> 3).astype(np.intp)
    filled = np.bincount((red << 10) + (green << 5) + blue, minlength=32**3).astype(np.int32)
    around = np.pad(filled.reshape(32, 32, 32), 1)
    for _ in range(3):
        # The sum of three along the first axis, which then becomes the last.
        around = np.moveaxis(around[:-2] + around[1:-1] + around[2:], 0, 2)
    colour = np.array(np.unravel_index(np.argmax(around), (32, 32, 32))) * 8.0 + 4.0
    values = samples.astype(np.float64)
    for _ in range(3):
        near = _apart(values - colour[:, None]) <= _NEAR_MODE
        colour = values @ near / np.count_nonzero(near)
    return np.asarray(colour, np.float64)


def _basis(x: Values, y: Values) -> Values:
    """6x... polynomial terms of coordinates -1..1."""
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])


def _fit(basis: Values, samples: Values, colour: Values) -> tuple[Values, Values]:
    """3x6 weights of the polynomial of a 6xN basis, and the residual of every sample, 3xN."""
    weights, tolerance = np.zeros((3, 6)), _NEAR_MODE
    residual = samples - colour[:, None]
    apart = _apart(residual)
    for step in range(_STEPS):
        inside = apart <= tolerance
        supported = np.count_nonzero(inside) / inside.size
        # More freedom only where enough of the border supports it: an unsupported slope runs away in the middle.
        terms = 1 if supported < 0.4 else 3 if supported < 0.6 or step < 3 else 6
        used = basis[:terms] * inside
        before, weights = weights, np.zeros((3, 6))
        weights[:, :terms] = np.linalg.lstsq(used @ basis[:terms].T, used @ samples.T, rcond=None)[0].T
        residual = samples - weights[:, :terms] @ basis[:terms]
        apart = _apart(residual)
        last, tolerance = tolerance, max(_MIN_TOLERANCE, 3.0 * _spread(residual, apart <= tolerance))
        if step > 3 and tolerance == last and np.array_equal(weights, before):
            break
    return weights, residual


def _apart(residual: Values) -> Values:
    """The largest channel's distance, N, of 3xN residuals."""
    first, second, third = np.abs(residual)
    return np.asarray(np.maximum(np.maximum(first, second), third))


def _spread(residual: Values, inside: NDArray[np.bool_]) -> float:
    """Root mean square of 3xN residuals of some of the samples, 0 where there are none."""
    count = np.count_nonzero(inside)
    return float(np.sqrt((residual * residual @ inside).sum() / (len(residual) * count))) if count else 0.0


def _field(weights: Values, height: int, width: int) -> Colours:
    if not weights[:, 1:].any():
        return np.broadcast_to(weights[:, 0].astype(np.float32), (height, width, 3))
    coarse = (_cells(height, width) @ weights.T).clip(0, 255).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


@lru_cache(maxsize=2)
def _cells(height: int, width: int) -> Values:
    """The basis in the middle of every cell, hxwx6."""
    rows, columns = -(-height // _CELL), -(-width // _CELL)
    x = ((np.arange(columns) + 0.5) * width / columns - 0.5) / max(width - 1, 1) * 2 - 1
    y = ((np.arange(rows) + 0.5) * height / rows - 0.5) / max(height - 1, 1) * 2 - 1
    return np.ascontiguousarray(np.moveaxis(_basis(*np.meshgrid(x, y)), 0, 2))
