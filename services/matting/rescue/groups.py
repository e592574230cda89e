"""Pixels that carry labels, sorted by label, so that anything about each label is one pass over its pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int32]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Groups:
    """`labels`: HxW, 0 for none, else 1 to `count`, each at least once. `pixels`: flat indices of all labelled pixels,
    by label. `of`: the label of each less 1. `starts`: where each label's pixels begin."""

    labels: Labels
    pixels: NDArray[np.intp]
    of: NDArray[np.intp]
    starts: NDArray[np.intp]

    @property
    def count(self) -> int:
        return len(self.starts)

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
        number = np.concatenate([[0], np.where(wanted, np.cumsum(wanted), 0)]).astype(np.int32)
        return grouped(number[self.labels])


def grouped(labels: Labels) -> Groups:
    """`labels`: 0 for none, else numbers from 1 without a gap."""
    pixels = np.flatnonzero(labels)
    found = labels.ravel()[pixels]
    order = np.argsort(found.astype(np.uint16) if found.max(initial=0) < 1 << 16 else found, kind="stable")
    found = found[order].astype(np.intp)
    starts = np.flatnonzero(np.diff(found, prepend=0))
    return Groups(labels, pixels[order], found - 1, starts)
