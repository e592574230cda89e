"""How opaque single pixels are: a small net over what is measured of each (`pixels`) and of its candidate (`features`),
trained by `bench/matting/train_opacity.py` on drawn frames with known truth."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.matting.rescue.features import Measures
from services.matting.rescue.groups import Values
from services.matting.rescue.pixels import Sights, Table

FILE = Path(__file__).with_name("opacity.npz")
SPREAD = 4.0  # standard deviations: what lies further out counts no more than that
_BATCH = 4096  # pixels: so few stay in the cache


@dataclass(frozen=True)
class _Net:
    """`names`: the measures of candidates that it was trained on. `mean`, `scale`: of all that goes in. `weights`,
    `offsets`: of each layer."""

    names: tuple[str, ...]
    mean: Table
    scale: Table
    weights: tuple[Table, ...]
    offsets: tuple[Table, ...]


def traits(measures: Measures, shares: Values, names: tuple[str, ...] | None = None) -> Values:
    """Of each candidate what its pixels have in common: its measures, those of `names` or else those that the net
    knows, and its likely mean opacity; all on a scale on which the large ones lie closer together."""
    together = np.stack([*(measures[name] for name in names or _net().names), shares], axis=1)
    return np.asarray(np.sign(together) * np.log1p(np.abs(together)), np.float64)


def opacity(sights: Sights, traits: Values) -> Table:
    """How opaque each pixel is, n float32 0..1. `traits`: of the candidates."""
    net = _net()
    own = sights.table.shape[1]
    first, others = net.weights[0], net.weights[1:]
    # What is the same for all pixels of a candidate is worked out once.
    shared = _scaled(traits, net.mean[own:], net.scale[own:]) @ first[own:] + net.offsets[0]
    out = np.empty(len(sights.pixels), np.float32)
    for start in range(0, len(out), _BATCH):
        part = slice(start, start + _BATCH)
        layer = _scaled(sights.table[part], net.mean[:own], net.scale[:own]) @ first[:own] + shared[sights.of[part]]
        for weights, offsets in zip(others, net.offsets[1:], strict=True):
            layer = np.maximum(layer, 0.0) @ weights + offsets
        out[part] = layer[:, 0]
    return np.asarray(out.clip(0.0, 1.0), np.float32)


def _scaled(table: NDArray[np.floating], mean: Table, scale: Table) -> Table:
    return np.asarray(((table - mean) * scale).clip(-SPREAD, SPREAD), np.float32)


@cache
def _net() -> _Net:
    with np.load(FILE, allow_pickle=False) as file:
        layers = range(1, sum(key.startswith("weights") for key in file.files) + 1)
        weights, offsets = (tuple(file[f"{name}{layer}"] for layer in layers) for name in ("weights", "offsets"))
        return _Net(tuple(file["names"].tolist()), file["mean"], file["scale"], weights, offsets)
