"""The background of a picture, modelled from its border: a plain colour that may drift slowly, plus noise."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Colours, Pixels, Plane

_RING = 0.012  # of the shorter side
_SAMPLES = 6000
_FEWEST = 200
_BAND = 0.14  # of the shorter side
_NEAR_MODE = 24.0
_MIN_TOLERANCE = 6.0
_CELL = 8  # pixels: within one a polynomial of degree 2 is next to straight
_EXPLAINED = 10.0  # grey levels on top of the noise


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
    rows, columns = _ring(height, width) if alpha is None else _off(alpha)
    samples = rgb[rows, columns].astype(np.float64)
    colour = _mode(rgb[_ring(height, width)].astype(np.float64))
    basis = _basis(columns / max(width - 1, 1) * 2 - 1, rows / max(height - 1, 1) * 2 - 1)
    weights, residual = _fit(basis, samples, colour)
    tolerance = max(_MIN_TOLERANCE, 3.0 * _spread(residual, _NEAR_MODE))
    noise = _spread(residual, tolerance)
    share = float((np.abs(residual).max(axis=1) <= _EXPLAINED + 3.0 * noise).mean())
    return Background(colour.astype(np.float32), _field(weights, height, width), noise, share)


def difference(rgb: Pixels, background: Background) -> Plane:
    """How far each pixel is from the background: the largest channel's distance, HxW float32, 0..255."""
    return np.asarray(np.abs(rgb - background.field).max(axis=2), np.float32)


def _ring(height: int, width: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels near the border, thinned evenly to a bounded number."""
    inset = max(1, round(_RING * min(height, width)))
    ring = np.ones((height, width), bool)
    ring[inset : height - inset, inset : width - inset] = False
    rows, columns = np.nonzero(ring)
    # A fixed stride can fall in step with the columns; a seeded draw cannot.
    if len(rows) > _SAMPLES:
        chosen = np.random.default_rng(0).choice(len(rows), _SAMPLES, replace=False)
        rows, columns = rows[chosen], columns[chosen]
    return rows, columns


def _off(alpha: Plane) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of pixels off a matte in a wide band along the border, on a grid of a bounded number; the ring
    where the matte leaves too little of it. The middle is left to what lies there: a burst behind the character can
    cover all of it."""
    height, width = alpha.shape
    step = max(1, round((height * width * 4 * _BAND / _SAMPLES) ** 0.5))
    deep = max(1, round(_BAND * min(height, width) / step))
    wide = cv2.dilate(alpha, np.ones((9, 9), np.uint8))[step // 2 :: step, step // 2 :: step] < 0.02
    wide[deep:-deep, deep:-deep] = False
    rows, columns = np.nonzero(wide)
    if len(rows) < _FEWEST:
        return _ring(height, width)
    return rows * step + step // 2, columns * step + step // 2


def _mode(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """The commonest colour: the fullest of 32x32x32 bins, centred on what lies around it (mean shift)."""
    bins = samples.astype(np.int64) >> 3
    fullest = np.bincount((bins[:, 0] << 10) + (bins[:, 1] << 5) + bins[:, 2]).argmax()
    colour = np.array([fullest >> 10, (fullest >> 5) & 31, fullest & 31]) * 8.0 + 4.0
    for _ in range(3):
        near = np.abs(samples - colour).max(axis=1) <= _NEAR_MODE
        colour = samples[near].mean(axis=0)
    return np.asarray(colour, np.float64)


def _basis(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """...x6 polynomial terms of coordinates -1..1."""
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def _fit(
    basis: NDArray[np.float64], samples: NDArray[np.float64], colour: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """6x3 weights of the polynomial, and the residual of every sample."""
    weights = np.zeros((6, 3))
    weights[0] = colour
    tolerance = _NEAR_MODE
    for step in range(8):
        residual = samples - basis @ weights
        inside = np.abs(residual).max(axis=1) <= tolerance
        # More freedom only where enough of the border supports it: an unsupported slope runs away in the middle.
        terms = 1 if inside.mean() < 0.4 else 3 if inside.mean() < 0.6 or step < 3 else 6
        weights = np.zeros((6, 3))
        used = basis[inside][:, :terms]
        weights[:terms] = np.linalg.lstsq(used.T @ used, used.T @ samples[inside], rcond=None)[0]
        tolerance = max(_MIN_TOLERANCE, 3.0 * _spread(samples - basis @ weights, tolerance))
    return weights, samples - basis @ weights


def _spread(residual: NDArray[np.float64], tolerance: float) -> float:
    """Root mean square of the residuals of the samples within a tolerance, 0 where there are none."""
    inside = np.abs(residual).max(axis=1) <= tolerance
    return float(np.sqrt(np.mean(residual[inside] ** 2))) if inside.any() else 0.0


def _field(weights: NDArray[np.float64], height: int, width: int) -> Colours:
    if not weights[1:].any():
        return np.broadcast_to(weights[0].astype(np.float32), (height, width, 3))
    rows, columns = -(-height // _CELL), -(-width // _CELL)
    x = ((np.arange(columns) + 0.5) * width / columns - 0.5) / max(width - 1, 1) * 2 - 1
    y = ((np.arange(rows) + 0.5) * height / rows - 0.5) / max(height - 1, 1) * 2 - 1
    coarse = (_basis(*np.meshgrid(x, y)) @ weights).clip(0, 255).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
