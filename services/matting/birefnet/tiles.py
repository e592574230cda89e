"""Very large pictures: the whole one decides what the character is, tiles at full size where its edge runs.

Only near the edge, where the alpha of the shrunk picture is in between, is a tile believed: inside and outside, a tile
without its surroundings knows less than the whole.
"""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Box = tuple[slice, slice]

OVERLAP = 8
"""Neighbours share at least one part in so many of a tile's side."""

_UNSURE = (0.02, 0.98)


def boxes(height: int, width: int, side: int) -> Iterator[Box]:
    """Squares of `side` pixels that cover a picture, evenly spaced; smaller where the picture is."""
    for top, left in product(_starts(height, side), _starts(width, side)):
        yield slice(top, min(top + side, height)), slice(left, min(left + side, width))


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [0]
    step = side - side // OVERLAP
    count = -(-(length - side) // step) + 1
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def edge(alpha: Plane, side: int) -> Plane:
    """How much tiles are believed, HxW float32 0..1: 1 where the alpha of a picture shrunk to `side` is unsure, falling
    to 0 within a few of the shrunk picture's pixels."""
    unsure = torch.from_numpy((alpha > _UNSURE[0]) & (alpha < _UNSURE[1])).float()[None]
    reach = 2 * (max(alpha.shape) // side) + 1
    # Along the columns, then along the rows: the same as in squares, and far quicker.
    for along in ((1, 0), (0, 1)):
        unsure = F.max_pool2d(unsure, _window(2 * reach, along), stride=1, padding=_padding(2 * reach, along))
    for along in ((1, 0), (0, 1)):
        unsure = F.avg_pool2d(
            unsure, _window(reach, along), stride=1, padding=_padding(reach, along), count_include_pad=False
        )
    return unsure[0].numpy()


def _window(reach: int, along: tuple[int, int]) -> tuple[int, int]:
    return 2 * reach * along[0] + 1, 2 * reach * along[1] + 1


def _padding(reach: int, along: tuple[int, int]) -> tuple[int, int]:
    return reach * along[0], reach * along[1]


def blend(coarse: Plane, believed: Plane, placed: Sequence[tuple[Box, Plane]]) -> Plane:
    """The coarse alpha with the tiles' put in as far as they are believed. Overlapping tiles fade into one another."""
    total, weight = np.zeros_like(coarse), np.zeros_like(coarse)
    for box, alpha in placed:
        share = _fade(*alpha.shape)
        total[box] += share * alpha
        weight[box] += share
    detail = np.divide(total, weight, out=coarse.copy(), where=weight > 0)
    return (coarse + believed * (detail - coarse)).astype(np.float32)


def _fade(height: int, width: int) -> Plane:
    """Highest in the middle, never 0."""
    rows, columns = (np.minimum(np.arange(n) + 1, n - np.arange(n)) for n in (height, width))
    return np.minimum(rows[:, None], columns[None, :]).astype(np.float32)
