"""Whose task goes out next: owners take turns, weighted.

Who has the least under way for its weight goes first. Where there are more owners than places that is nobody's or
everybody's, so the next turn is that of whoever had the fewest: start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM
1996), in which each turn costs an owner one over its weight, and one who comes, or comes back, begins where the others
are. An owner with ten thousand waiting so delays another's by the short backlog alone.
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


class Turns:
    """The turns of one stage and lane. What a process remembers of them is its own: another, or a new one, begins with
    all owners alike."""

    def __init__(self) -> None:
        self._now = 0.0
        self._next: dict[str, float] = {}  # of who had turns lately: where its next one begins

    def choose(self, lines: Sequence[Line], room: int) -> list[str]:
        """At most `room` runs, in the order in which they go out: fewest under way per weight first, then fewest turns
        for the weight, then the oldest."""
        chosen: list[str] = []
        turns = [(*self._turn(line, 0), 0, line) for line in lines if line.waiting]
        heapq.heapify(turns)
        while turns and len(chosen) < room:
            _, begins, run, place, line = heapq.heappop(turns)
            chosen.append(run)
            self._now = max(self._now, begins)
            self._next[line.owner] = begins + 1 / line.weight
            place += 1
            if place < len(line.waiting):
                heapq.heappush(turns, (*self._turn(line, place), place, line))
        self._next = {owner: begins for owner, begins in self._next.items() if begins > self._now}
        return chosen

    def _turn(self, line: Line, place: int) -> tuple[float, float, str]:
        begins = max(self._now, self._next.get(line.owner, 0.0))
        return (line.under_way + place) / line.weight, begins, line.waiting[place]
