"""Which candidates are effects: boosted trees over their measures (Friedman, Greedy function approximation, 2001), trained
by `bench/matting/train_judge.py` on drawn frames with known truth."""

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
    """One row per tree, one column per node. A value of `feature` up to `threshold` goes `left`; leaves lead to
    themselves. `depth`: steps from the root to the deepest leaf."""

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
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
    tree = np.arange(len(trees.value))
    node = np.zeros((len(table), len(tree)), np.intp)
    candidate = np.arange(len(table))[:, None]
    for _ in range(trees.depth):
        goes_left = table[candidate, trees.feature[tree, node]] <= trees.threshold[tree, node]
        node = np.where(goes_left, trees.left[tree, node], trees.right[tree, node])
    return np.asarray(trees.base + trees.value[tree, node].sum(axis=1, dtype=np.float64))


@cache
def _trees(name: str) -> _Trees:
    with np.load(FILE, allow_pickle=False) as file:
        parts = {key.removeprefix(f"{name}_"): file[key] for key in file.files if key.startswith(f"{name}_")}
    base, depth = float(parts.pop("base")), int(parts.pop("depth"))
    return _Trees(**parts, base=base, depth=depth)
