"""Pixels that carry labels, sorted by label, so that anything about each label is one pass over its pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from popcon.imaging.arrays import Mask
from services.matting.rescue.parts import Indices

Labels = NDArray[np.int32]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Groups:
    """`shape`: of the frame. `pixels`: flat indices of all labelled pixels, by label. `of`: the label of each, from 0
    without a gap. `starts`: where each label's pixels begin."""

    shape: tuple[int, int]
    pixels: Indices
    of: Indices
    starts: Indices

    @property
    def count(self) -> int:
        return len(self.starts)

    @property
    def areas(self) -> Values:
        """Pixels of each label."""
        return np.diff(self.starts, append=len(self.pixels)).astype(np.float64)

    @property
    def mask(self) -> Mask:
        """HxW: where any label is."""
        out = np.zeros(self.shape, np.bool_)
        out.ravel()[self.pixels] = True
        return out

    @property
    def labels(self) -> Labels:
        """HxW: 0 for none, else the label plus 1."""
        out = np.zeros(self.shape, np.int32)
        out.ravel()[self.pixels] = self.of + 1
        return out

    def at(self, plane: NDArray[np.generic]) -> Values:
        """The values of a plane, HxW, at `pixels`."""
        return plane.ravel()[self.pixels].astype(np.float64)

    def total(self, values: NDArray[np.generic]) -> Values:
        """Per label the sum of values that go with `pixels`."""
        return np.asarray(np.add.reduceat(values.astype(np.float64), self.starts))

    def most(self, values: Values) -> Values:
        return np.asarray(np.maximum.reduceat(values, self.starts))

    def least(self, values: Values) -> Values:
        return np.asarray(np.minimum.reduceat(values, self.starts))

    def only(self, wanted: NDArray[np.bool_]) -> "Groups":
        """The wanted labels, numbered anew."""
        if wanted.all():
            return self
        kept = wanted[self.of]
        number = np.cumsum(wanted) - 1
        return _sorted(self.shape, self.pixels[kept], number[self.of[kept]])


def grouped(shape: tuple[int, int], pixels: Indices, labels: NDArray[np.integer]) -> Groups:
    """`pixels`: flat indices, ascending. `labels`: of each, with any gaps; they are numbered anew in their order."""
    areas = np.bincount(labels)
    number = np.cumsum(areas > 0) - 1
    return _by_label(shape, pixels, number[labels])


def _by_label(shape: tuple[int, int], pixels: Indices, of: Indices) -> Groups:
    few = of.max(initial=0) < 1 << 16
    order = np.argsort(of.astype(np.uint16) if few else of, kind="stable")
    return _sorted(shape, pixels[order], of[order])


def _sorted(shape: tuple[int, int], pixels: Indices, of: Indices) -> Groups:
    ends = np.cumsum(np.bincount(of))
    return Groups(shape, pixels, of, np.concatenate([np.zeros(1, np.intp), ends[:-1]]) if len(of) else ends)
