"""Paths: the ways that marks take over their lives, by name."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from popcon.puppet.curves import smoothstep


class Way(NamedTuple):
    """`along`: share of the reach that is done, towards the mark's direction. `fallen`: share of the drop under it.
    `turn`: of a circle, in turns; None for a straight way."""

    along: float
    fallen: float = 0.0
    turn: float | None = None


PATHS: Mapping[str, Callable[[float], Way]] = {
    "stay": lambda _: Way(0.0),
    "float": lambda age: Way(0.75 * age + 0.25 * smoothstep(age)),  # evenly, a little slower at both ends
    "burst": lambda age: Way(1 - (1 - age) ** 3),  # at once, then slower
    "puff": lambda age: Way(1 - (1 - age) ** 2),  # fast, then slower
    "drip": lambda age: Way(smoothstep((age - 0.2) / 0.75)),  # hangs, then slides
    "run": lambda age: Way(age * age),  # faster and faster
    "throw": lambda age: Way(age, age * age),  # evenly, and falling
    "orbit": lambda age: Way(1.0, 0.0, age),  # once round
}
"""By name: age, 0..1, to how far on the way."""


def heading(toward: float, reach: float, drop: float, age: float) -> float:
    """Degrees, clockwise from up, in which a thrown mark flies, its way `toward` (degrees, 0 outwards, 90 up) long
    `reach` and its fall `drop` at the end of its life."""
    turn = math.radians(toward)
    return math.degrees(math.atan2(reach * math.cos(turn), reach * math.sin(turn) - 2 * drop * age))
