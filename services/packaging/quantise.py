"""One palette for a whole animation, chosen where the eye judges it: over black and over white.

A straight RGBA colour with alpha `a` is seen as `c·a` on black and `c·a + 1 - a` on white. The squared distance of two
colours over both mattes, six numbers, equals the squared distance of the four numbers `√2·(c·a - a/2), √1.5·a`, so all
of it is done in those four. Palettes chosen on straight RGBA lose 1.3 to 2.1 dB on soft edges.
"""

import heapq
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Points = NDArray[np.float64]
Weights = NDArray[np.float64]

_ROUNDS = 4
_FIT_MAX_COLOURS = 32_768
# No axis has 512 cells, even on the finest grid: as four digits, a cell is one number.
_CELL_DIGITS = 512 ** np.arange(3, -1, -1)
# Edges and glows are thin but seen against every background: 1 dB more for them costs the rest nothing measurable.
_SOFT_WEIGHT = 2.0
# A mean of opaque and nearly opaque colours must not make the body of a character translucent.
_OPAQUE = 252


@dataclass(frozen=True)
class Census:
    """The distinct colours of an animation. `colours`: Ux4 uint8 straight RGBA; `counts`: U pixels of each;
    `labels`: NxHxW int32, which colour each pixel has."""

    colours: NDArray[np.uint8]
    counts: NDArray[np.int64]
    labels: NDArray[np.int32]

    @cached_property
    def sites(self) -> tuple[Points, Weights]:
        """What palettes are fitted to: the visible colours as points, near ones of a grainy animation merged, and what
        each weighs."""
        visible = self.colours[:, 3] > 0
        colours = self.colours[visible]
        return _thin(_embed(colours), _weights(colours, self.counts[visible]))


@dataclass(frozen=True)
class Quantised:
    """`palette`: Kx4 uint8 straight RGBA, K ≤ 256, distinct, entry 0 transparent, then by rising alpha and lightness.
    `indices`: NxHxW uint8."""

    palette: NDArray[np.uint8]
    indices: NDArray[np.uint8]

    def rgba(self) -> NDArray[np.uint8]:
        """NxHxWx4 straight RGBA."""
        return self.palette[self.indices]


def census(frames: NDArray[np.uint8]) -> Census:
    """Counts the colours of NxHxWx4 uint8 straight RGBA, RGB 0 where alpha is 0."""
    packed = np.ascontiguousarray(frames).view("<u4").reshape(-1)
    # Values with their places behind them, in one number: sorting those is several times as quick as `np.unique`.
    both = np.sort(packed.astype(np.uint64) << np.uint64(32) | np.arange(len(packed), dtype=np.uint64))
    ordered, places = (both >> np.uint64(32)).astype("<u4"), both & np.uint64(0xFFFFFFFF)
    firsts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    counts = np.diff(np.r_[firsts, len(ordered)])
    labels = np.empty(len(packed), np.int32)
    labels[places] = np.repeat(np.arange(len(firsts), dtype=np.int32), counts)
    return Census(ordered[firsts].view(np.uint8).reshape(-1, 4), counts, labels.reshape(frames.shape[:3]))


def quantise(of: Census, entries: int) -> Quantised:
    """The nearest rendering of an animation with at most `entries` (2..256) palette entries, the transparent one among
    them. Exact where the animation has no more colours than that. Deterministic; no dither."""
    visible = of.colours[:, 3] > 0
    palette = of.colours[visible]
    if len(palette) >= entries:
        points, weights = of.sites
        palette = _colours(_refine(points, weights, _split(points, weights, entries - 1)))
    palette = _ordered(palette)
    _, nearest = cKDTree(_embed(palette)).query(_embed(of.colours))
    nearest = np.where(visible, nearest, 0).astype(np.uint8 if len(palette) <= 256 else np.uint16)
    return Quantised(palette, nearest[of.labels])


def _weights(colours: NDArray[np.uint8], counts: NDArray[np.int64]) -> Weights:
    return np.asarray(counts * np.where(colours[:, 3] < 255, _SOFT_WEIGHT, 1.0), np.float64)


def _embed(colours: NDArray[np.uint8]) -> Points:
    alpha = colours[:, 3:] / 255.0
    return np.hstack([np.sqrt(2.0) * (colours[:, :3] / 255.0 * alpha - alpha / 2.0), np.sqrt(1.5) * alpha])


def _colours(points: Points) -> NDArray[np.uint8]:
    """The inverse of `_embed`, rounded to 8-bit straight RGBA."""
    alpha = points[:, 3:] / np.sqrt(1.5)
    colour = (points[:, :3] / np.sqrt(2.0) + alpha / 2.0) / np.maximum(alpha, 1e-9)
    out = np.clip(np.rint(np.hstack([colour, alpha]) * 255.0), 0, 255).astype(np.uint8)
    out[out[:, 3] >= _OPAQUE, 3] = 255
    return out


def _ordered(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The distinct visible colours by alpha and luma, behind the transparent entry."""
    visible = np.unique(colours[colours[:, 3] > 0], axis=0)
    luma = visible[:, :3] @ np.array([0.299, 0.587, 0.114])
    rows = visible[np.lexsort((luma, visible[:, 3]))]
    return np.vstack([np.zeros((1, 4), np.uint8), rows])


def _thin(points: Points, weights: Weights) -> tuple[Points, Weights]:
    """Merges near colours of a grainy animation until few enough are left for the rounds to be quick."""
    levels = 128
    while len(points) > _FIT_MAX_COLOURS and levels > 8:
        cells = np.floor(points * levels).astype(np.int64) @ _CELL_DIGITS
        _, cell = np.unique(cells, return_inverse=True)
        points, weights = _means(points, weights, cell, int(cell.max()) + 1)
        levels //= 2
    return points, weights


def _means(points: Points, weights: Weights, labels: NDArray[np.intp], size: int) -> tuple[Points, Weights]:
    """Weighted mean and whole weight of each label; the mean of an unused label is 0."""
    mass = np.bincount(labels, weights, size).astype(np.float64)
    sums = np.stack([np.bincount(labels, weights * axis, size) for axis in points.T], axis=1)
    return sums / np.maximum(mass, 1e-12)[:, None], mass


def _split(points: Points, weights: Weights, size: int) -> Points:
    """Means of `size` cells, made by cutting the cell of greatest variance at its mean, again and again."""
    heap = [_cell(points, weights, np.arange(len(points)), 0)]
    while len(heap) < size and heap[0][0] < 0:
        _, order, axis, mean, rows = heapq.heappop(heap)
        low = points[rows, axis] <= mean[axis]
        heapq.heappush(heap, _cell(points, weights, rows[low], 2 * order + 1))
        heapq.heappush(heap, _cell(points, weights, rows[~low], 2 * order + 2))
    return np.stack([cell[3] for cell in heap])


def _cell(
    points: Points, weights: Weights, rows: NDArray[np.intp], order: int
) -> tuple[float, int, int, Points, NDArray[np.intp]]:
    """A heap entry: minus the spread along the widest axis, a unique number that breaks ties, that axis, mean, rows."""
    own, mass = points[rows], weights[rows]
    mean = mass @ own / mass.sum()
    spread = mass @ (own - mean) ** 2
    axis = int(spread.argmax())
    # A lone colour has nothing left to split, whatever rounding says.
    return (-float(spread[axis]) if len(rows) > 1 else 0.0), order, axis, mean, rows


def _refine(points: Points, weights: Weights, centres: Points) -> Points:
    """Lloyd's rounds; a centre that lost its colours stays where it was."""
    for _ in range(_ROUNDS):
        _, nearest = cKDTree(centres).query(points)
        means, mass = _means(points, weights, nearest, len(centres))
        centres = np.where((mass > 0)[:, None], means, centres)
    return centres
