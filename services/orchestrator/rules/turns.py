"""Whose task goes out next: owners take turns, weighted.

Nothing is remembered between turns. Who has the least under way for its weight goes first, so any replica that sees the
same rows chooses the same tasks, and an owner with ten thousand waiting delays another's by the short backlog alone.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """What an owner has in one stage and lane. `under_way`: runs that are published or running. `waiting`: ids of runs
    that could go out, oldest first; ids rise with time."""

    owner: str
    weight: int
    under_way: int
    waiting: Sequence[str]


def choose(lines: Sequence[Line], room: int) -> list[str]:
    """At most `room` runs, in the order in which they go out: fewest under way per weight first, ties by the oldest."""
    chosen: list[str] = []
    turns = [(line.under_way / line.weight, line.waiting[0], 0, line) for line in lines if line.waiting]
    heapq.heapify(turns)
    while turns and len(chosen) < room:
        _, run, place, line = heapq.heappop(turns)
        chosen.append(run)
        place += 1
        if place < len(line.waiting):
            heapq.heappush(turns, ((line.under_way + place) / line.weight, line.waiting[place], place, line))
    return chosen
