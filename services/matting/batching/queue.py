"""Who waits for the device, and who goes next. No clock and no thread in here.

Interactive items go before batch items, the oldest of a lane first. The first in line decides the key of the next
batch, which is filled with others of that key; so no key starves another. The oldest batch item is passed over at most
`PASSES` times: then its lane leads a batch. A saturated device thus gives the batch lane one batch in `PASSES` + 1 or
more.
"""

import asyncio
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Generic

from prometheus_client import Gauge

from services.matting.alpha import Lane
from services.matting.batching.device import Item, Result

LANES: tuple[Lane, ...] = ("interactive", "batch")

PASSES = 3

_WAITING = Gauge("popcon_batch_waiting", "Items that wait for the device", ["lane"])


@dataclass(eq=False, slots=True)
class Entry(Generic[Item, Result]):
    """An item in the line. `deadline`: seconds of the loop's clock. `is_behind`: it came while a batch was computed."""

    item: Item
    key: Hashable
    lane: Lane
    deadline: float
    is_behind: bool
    answer: asyncio.Future[Result]


class Queue(Generic[Item, Result]):
    """The line; iterates over its entries, interactive ones first."""

    def __init__(self) -> None:
        # Dicts for their order: an entry can leave from the middle at once.
        self._lanes: dict[Lane, dict[Entry[Item, Result], None]] = {lane: {} for lane in LANES}
        self._passes = 0

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes.values())

    def __iter__(self) -> Iterator[Entry[Item, Result]]:
        return chain.from_iterable(self._lanes[lane] for lane in LANES)

    def waiting(self, lane: Lane) -> int:
        """How many entries a lane has."""
        return len(self._lanes[lane])

    def count(self, key: Hashable, lanes: tuple[Lane, ...] = LANES) -> int:
        """How many entries have a key."""
        return sum(entry.key == key for lane in lanes for entry in self._lanes[lane])

    def share(self, lane: Lane, limit: int) -> float:
        """The part of the batches, 0..1, that a lane gets at least as the line stands. `limit`: items per batch."""
        if lane == "interactive":
            return PASSES / (PASSES + 1) if self._lanes["batch"] else 1.0
        return 1 / (PASSES + 1) if len(self._lanes["interactive"]) >= limit else 1.0

    def put(self, entry: Entry[Item, Result]) -> None:
        """Joins the end of its lane."""
        self._lanes[entry.lane][entry] = None
        _WAITING.labels(entry.lane).inc()

    def discard(self, entry: Entry[Item, Result]) -> bool:
        """Leaves the line; answers whether it was in it."""
        if entry not in self._lanes[entry.lane]:
            return False
        del self._lanes[entry.lane][entry]
        _WAITING.labels(entry.lane).dec()
        return True

    def leader(self) -> Entry[Item, Result] | None:
        """The first in line."""
        return next(chain.from_iterable(self._lanes[lane] for lane in self._order()), None)

    def pop(self, limit: int, is_apart: bool = False) -> list[Entry[Item, Result]]:
        """The next batch, its leader first: at most `limit` entries of one key, and only of one lane where it goes
        apart. Empty when nobody waits."""
        leader = self.leader()
        if leader is None:
            return []
        eldest = next(iter(self._lanes["batch"]), None)
        lanes = (leader.lane,) if is_apart else self._order()
        alike = (entry for lane in lanes for entry in self._lanes[lane] if entry.key == leader.key)
        batch = list(islice(alike, limit))
        for entry in batch:
            self.discard(entry)
        self._passes = self._passes + 1 if eldest in self._lanes["batch"] else 0
        return batch

    def _order(self) -> tuple[Lane, ...]:
        return LANES if self._passes < PASSES else LANES[::-1]
