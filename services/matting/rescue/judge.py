"""Which candidates are effects: boosted trees over their measures (Friedman, Greedy function approximation, 2001),
trained by `bench/matting/train_judge.py` on drawn frames with known truth."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.matting.rescue.features import Measures
from services.matting.rescue.groups import Values

FILE = Path(__file__).with_name("judge.npz")


@dataclass(frozen=True)
class _Trees:
    """Nodes of all trees, tree after tree. A value of `feature` up to `threshold` goes to the first of `next`, others
    to the second; leaves lead to themselves. `roots`: of each tree. `depth`: steps from a root to the deepest leaf."""

    feature: NDArray[np.intp]
    threshold: NDArray[np.float32]
    next: NDArray[np.intp]
    value: NDArray[np.float32]
    roots: NDArray[np.intp]
    base: float
    depth: int


def judge(measures: Measures) -> Values:
    """Per candidate the probability that it is an effect, 0..1."""
    return np.asarray(1.0 / (1.0 + np.exp(-_answer(_trees("effect"), measures))))


def share(measures: Measures) -> Values:
    """Per candidate its mean opacity, 0..1, if it is an effect."""
    return _answer(_trees("opacity"), measures).clip(0.02, 1.0)


def _answer(trees: _Trees, measures: Measures) -> Values:
    table = measures.table().astype(np.float32)
    first = np.arange(len(table))[:, None] * table.shape[1]
    node = np.broadcast_to(trees.roots, (len(table), len(trees.roots)))
    for _ in range(trees.depth):
        goes_right = table.take(trees.feature.take(node) + first) > trees.threshold.take(node)
        node = trees.next.take(2 * node + goes_right)
    return np.asarray(trees.base + trees.value.take(node).sum(axis=1, dtype=np.float64))


@cache
def _trees(name: str) -> _Trees:
    with np.load(FILE, allow_pickle=False) as file:
        parts = {key.removeprefix(f"{name}_"): file[key] for key in file.files if key.startswith(f"{name}_")}
    count, most = parts["value"].shape
    roots = np.arange(count) * most
    children = np.stack([parts["left"], parts["right"]], axis=2) + roots[:, None, None]
    return _Trees(
        feature=parts["feature"].ravel().astype(np.intp),
        threshold=parts["threshold"].ravel(),
        next=children.ravel(),
        value=parts["value"].ravel(),
        roots=roots,
        base=float(parts["base"]),
        depth=int(parts["depth"]),
    )
