"""What every effect is made of: where it plays, and how it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from popcon.puppet.anatomy import Anatomy
from popcon.puppet.hand import Hand
from popcon.puppet.marks import Mark

Follow = Callable[[float, float], tuple[float, float]]
"""Where the pose of the moment takes a point of the rest picture."""

Effect = Callable[[float, Follow], Sequence[Mark]]
"""The marks at a phase, 0..1."""


@dataclass(frozen=True)
class Setting:
    """The character an effect plays around, the dice that make one take unlike another, and the hand that drew the
    character (None: effects keep the lines and colours of their drawings)."""

    anatomy: Anatomy
    rng: np.random.Generator
    hand: Hand | None = None

    @property
    def unit(self) -> float:
        """The character's size, pixels: what effects are measured by."""
        left, top, right, bottom = self.anatomy.box
        return (right - left + bottom - top) / 2

    def at(self, across: float, up: float) -> tuple[float, float]:
        """A point by the box: across -1 (left edge) to 1 (right edge), up 0 (base) to 1 (top)."""
        left, top, right, bottom = self.anatomy.box
        return (left + right) / 2 + across * (right - left) / 2, bottom - up * (bottom - top)

    @property
    def face(self) -> tuple[float, float]:
        """Between the eyes."""
        left, right = self.anatomy.eyes
        return (left.x + right.x) / 2, (left.y + right.y) / 2
