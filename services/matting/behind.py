"""What lies behind a figure, looked up just beside it: slow shadows, vignettes and unplain backgrounds included."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Colours, Pixels, Plane
from popcon.imaging.background import Background
from popcon.imaging.masks import square

Places = NDArray[np.intp]

CELL = 4
"""Side of the cells, in pixels, in which backgrounds and soft colours are averaged."""

_PLAIN = 0.5  # of the border that a background model explains
_CLEAR = 4  # of 255: the alpha up to which a pixel shows the background alone
_GUARD = 3  # pixels beside a matte that it may have missed
_RING = 3  # pixels beyond those: where dirt is measured
_AROUND = 5  # cells across
_PRIOR = 0.04  # the weight of the model against the cells around
_FURTHEST = 40.0  # grey levels by which a shadow may differ from the model
_FILLED = 8  # from one in so many of its pixels on, a cell speaks for itself
_SAMPLES = 4000
_LEAST_DIRT = 0.3  # grey levels: rounding
_LINE = 4096
_CALM = 0.8  # of the samples; the others may be something that the matte missed


@dataclass(frozen=True)
class Behind:
    """`cells`: one colour per cell, hxwx3 float32 0..255. `dirt`: by how much pixels beside the figure miss them, grey
    levels, at least a rounding error. `plain`: whether a model of the whole background holds."""

    cells: Colours
    dirt: float
    plain: bool

    def at(self, rows: Places, columns: Places) -> Colours:
        """Nx3, the colours behind N pixels, interpolated between the cells."""
        return _between(self.cells, rows, columns)


def behind(rgb: Pixels, alpha: Pixels, background: Background) -> Behind:
    """The colours behind the figure of an HxWx3 uint8 picture with an HxW uint8 alpha.

    On a plain background they are the model's, moved towards what clear pixels nearby show; where the model does not
    hold they are spread from the clear pixels alone.
    """
    height, width = alpha.shape
    clear = _clear(alpha, _GUARD)
    weight = np.asarray(cells(clear) / np.float32(255), np.float32)
    shown = cells(np.asarray(cv2.bitwise_and(rgb, rgb, mask=clear), np.uint8))
    model = _model(background, height, width)
    plain = background.share >= _PLAIN
    if plain:
        share = cv2.blur(weight, (_AROUND, _AROUND))[..., None]
        off = (cv2.blur(shown, (_AROUND, _AROUND)) - share * model) / (share + _PRIOR)
        found = np.asarray(model + np.clip(off, -_FURTHEST, _FURTHEST), np.float32)
    else:
        found = spread(shown, weight, model)
    ring = clear - _clear(alpha, _GUARD + _RING)
    return Behind(found, max(_LEAST_DIRT, background.noise, _dirt(rgb, found, ring)), plain)


def cells(plane: Pixels) -> NDArray[np.float32]:
    """The mean of every cell of an HxW or HxWxC uint8 array, as float32."""
    size = -(-plane.shape[1] // CELL), -(-plane.shape[0] // CELL)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _clear(alpha: Pixels, guard: int) -> Pixels:
    """255 where no alpha lies within `guard` pixels, else 0."""
    return np.where(cv2.dilate(alpha, square(guard)) <= _CLEAR, np.uint8(255), np.uint8(0))


def _model(background: Background, height: int, width: int) -> Colours:
    """The background model at the middle of every cell."""
    rows = np.minimum(np.arange(0, height, CELL) + CELL // 2, height - 1)
    columns = np.minimum(np.arange(0, width, CELL) + CELL // 2, width - 1)
    return np.asarray(background.field[rows[:, None], columns], np.float32)


def spread(shown: Colours, weight: Plane, fallback: Colours) -> Colours:
    """Colours where they are known (hxwx3 sums, hxw weights) spread over where they are not, from level to level of a
    pyramid: pull-push of Gortler et al. (The Lumigraph, SIGGRAPH 1996)."""
    height, width = weight.shape
    if height <= 1 or width <= 1:
        coarse = fallback
    else:
        half = ((width + 1) // 2, (height + 1) // 2)
        sums, weights, rest = (
            np.asarray(cv2.resize(each, half, interpolation=cv2.INTER_AREA), np.float32)
            for each in (shown, weight, fallback)
        )
        coarse = np.asarray(cv2.resize(spread(sums, weights, rest), (width, height)), np.float32)
    mean = shown / np.maximum(weight, 1e-3)[..., None]
    known = np.minimum(1.0, _FILLED * weight)[..., None]
    return np.asarray(coarse + known * (mean - coarse), np.float32)


def _dirt(rgb: Pixels, found: Colours, ring: Pixels) -> float:
    places = np.flatnonzero(ring)
    places = places[:: max(1, len(places) // _SAMPLES)]
    if not len(places):
        return 0.0
    rows, columns = np.divmod(places, ring.shape[1])
    miss = np.abs(rgb[rows, columns] - _between(found, rows, columns)).max(axis=1)
    calm = np.sort(miss)[: max(1, int(_CALM * len(miss)))]
    # The calm part of a normal spread is narrower than the whole by about this factor.
    return 1.3 * float(np.sqrt(np.mean(calm * calm)))


def _between(found: Colours, rows: Places, columns: Places) -> Colours:
    """Nx3, cells interpolated at pixels."""
    # OpenCV takes no list of points longer than 32767: they are folded into lines.
    folded = np.zeros((2, -(-max(len(rows), 1) // _LINE), _LINE), np.float32)
    folded.reshape(2, -1)[:, : len(rows)] = columns, rows
    x, y = (folded + np.float32(0.5)) / np.float32(CELL) - np.float32(0.5)
    sampled = cv2.remap(found, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled.reshape(-1, 3)[: len(rows)], np.float32)
