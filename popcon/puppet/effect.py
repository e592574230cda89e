"""What every effect is made of: where it plays, and how it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from popcon.puppet.anatomy import Anatomy, Eye
from popcon.puppet.hand import Hand
from popcon.puppet.heads import Head, find_head
from popcon.puppet.marks import Box, Mark

Follow = Callable[[float, float], tuple[float, float]]
"""Where the pose of the moment takes a point of the rest picture."""

Effect = Callable[[float, Follow], Sequence[Mark]]
"""The marks at a phase, 0..1."""

BODY_SHARE = 0.67
"""Of the frame's height that a character's height takes at least, as far as effects have a say in it; it is 0.6 with
what a movement adds."""
RIGHT_SHARE = 0.54
"""Of the room at the sides: signs stand at the right."""
BELOW = 0.04
EYES_DOWN = 0.26


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

    @cached_property
    def head(self) -> Head:
        """Where the character is wide for the first time from above: not its antenna, ears or steam."""
        return find_head(self.anatomy.outline)

    @cached_property
    def eyes(self) -> tuple[Eye, Eye]:
        """Left and right; where most characters have them, in the head, where they were not found."""
        if self.anatomy.eyes_found:
            return self.anatomy.eyes
        left, right = self.anatomy.eyes
        y = self.head.top + EYES_DOWN * (self.anatomy.box[3] - self.head.top)
        apart = (right.x - left.x) / 2
        return (
            Eye(self.head.x - apart, y, left.width, left.height),
            Eye(self.head.x + apart, y, right.width, right.height),
        )

    @property
    def face(self) -> tuple[float, float]:
        """Between the eyes."""
        left, right = self.eyes
        return (left.x + right.x) / 2, (left.y + right.y) / 2

    @cached_property
    def room(self) -> Box:
        """How far marks may reach, left, top, right, bottom: what lies further out would make the character small."""
        left, top, right, bottom = self.anatomy.box
        side = max((bottom - top) / BODY_SHARE, 1.3 * (right - left))
        beside, below = side - (right - left), BELOW * (bottom - top)
        return left - (1 - RIGHT_SHARE) * beside, bottom + below - side, right + RIGHT_SHARE * beside, bottom + below
