"""Recognition by proxy: an action of one character is given the name of the nearest action of another."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.artist.descriptors import Floats

Described = Sequence[tuple[Floats, Floats]]
"""Movement and effects of each action, in one order for all characters."""

FLOORS = (0.003, 0.01)
"""Spreads of movement and of effects, in their own units, below which a difference is noise."""


@dataclass(frozen=True)
class Recognition:
    """`named`: for each action the place of the one it was taken for. `margin`: how much further away the nearest wrong
    action is than the right one, as a factor; below 1 it was mistaken."""

    named: tuple[int, ...]
    margin: tuple[float, ...]

    @property
    def right(self) -> int:
        return sum(place == index for index, place in enumerate(self.named))


def recognise(reference: Described, described: Described, parts: Sequence[int] = (0, 1)) -> Recognition:
    """Names the actions of one character by those of another; `parts`: 0 movement, 1 effects, or both."""
    known, asked = _normalised(reference, parts), _normalised(described, parts)
    apart = np.abs(asked[:, None] - known[None]).sum(axis=2)
    wrong = np.where(np.eye(len(apart), dtype=bool), np.inf, apart).min(axis=1)
    margin = wrong / np.maximum(np.diag(apart), 1e-9)
    return Recognition(tuple(int(place) for place in apart.argmin(axis=1)), tuple(float(each) for each in margin))


def _normalised(described: Described, parts: Sequence[int]) -> Floats:
    """Each number relative to its mean and spread over the character's own actions, each part with the same weight."""
    out = []
    for part in parts:
        values = np.stack([each[part] for each in described])
        spread = values.std(axis=0) + FLOORS[part]
        out.append((values - values.mean(axis=0)) / spread / values.shape[1])
    return np.concatenate(out, axis=1)


def confused(names: Sequence[str], recognitions: Sequence[Recognition]) -> Counter[tuple[str, str]]:
    """How often an action was taken for which other."""
    return Counter(
        (names[index], names[place])
        for each in recognitions
        for index, place in enumerate(each.named)
        if index != place
    )
