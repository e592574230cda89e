"""A device that goes on only when a test says so, and callers for it."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from services.matting.alpha import Lane
from services.matting.batching import device
from services.matting.batching.batcher import Batcher

LONG_S = 3600.0
"""Longer than any test: what would wait for so long does not wait."""

Answer = Callable[[Sequence[Any]], Sequence[Any]]


def shout(items: Sequence[Any]) -> list[Any]:
    """The usual answer: each item with a mark of its own."""
    return [f"{item}!" for item in items]


def kinds(outcomes: Sequence[Any]) -> list[Any]:
    """The outcomes with errors as their classes."""
    return [type(outcome) if isinstance(outcome, Exception) else outcome for outcome in outcomes]


class Clock:
    """The loop's and the device's time, which a test can put on. Batches take hours: real seconds are nothing."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._ahead_s = 0.0
        patch.setattr(asyncio.get_running_loop(), "time", self)
        patch.setattr(device, "time", self)

    def __call__(self) -> float:
        return time.monotonic() + self._ahead_s

    perf_counter = __call__

    def skip(self, seconds: float) -> None:
        self._ahead_s += seconds


class Device:
    """`work` writes each batch down, waits for `go`, and answers."""

    def __init__(self, answer: Answer = shout) -> None:
        self.batches: list[list[Any]] = []
        self.threads: set[int] = set()
        self._answer = answer
        self._steps = threading.Semaphore(0)
        self._free = False
        self._loop = asyncio.get_running_loop()
        self._began = asyncio.Event()

    def work(self, items: Sequence[Any]) -> Sequence[Any]:
        self.threads.add(threading.get_ident())
        self.batches.append(list(items))
        self._loop.call_soon_threadsafe(self._began.set)
        if not self._free and not self._steps.acquire(timeout=20):
            raise device.BrokenDevice("the test forgot this batch")
        return self._answer(items)

    def go(self) -> None:
        """Lets one batch end."""
        self._steps.release()

    def let_go(self) -> None:
        """Lets this batch and all that follow end."""
        self._free = True
        self._steps.release()

    async def begun(self, count: int) -> list[Any]:
        """Waits until so many batches have begun; the newest."""
        while len(self.batches) < count:
            self._began.clear()
            await self._began.wait()
        return list(self.batches[count - 1])


class Callers:
    """Calls under way, by their items."""

    def __init__(self, batcher: Batcher[Any, Any]) -> None:
        self.batcher = batcher
        self.tasks: dict[Any, asyncio.Task[Any]] = {}

    async def send(self, *items: Any, lane: Lane = "batch", timeout_s: float = LONG_S) -> None:
        """Sends each item; returns when all have been let in, begun or refused."""
        for item in items:
            self.tasks[item] = asyncio.create_task(self.batcher.submit(item, lane=lane, timeout_s=timeout_s))
        await asyncio.sleep(0)

    async def cancel(self, *items: Any) -> None:
        for item in items:
            self.tasks[item].cancel()
        await asyncio.wait([self.tasks[item] for item in items])

    async def outcomes(self, *items: Any) -> list[Any]:
        """The results or errors of the items, of all where none is named."""
        return await asyncio.gather(*(self.tasks[item] for item in items or self.tasks), return_exceptions=True)


def a_batcher(device: Device, **options: Any) -> Batcher[Any, Any]:
    return Batcher(device.work, **{"max_batch": 4, "max_wait_s": 0.0, "max_waiting": 64, **options})


def sides(item: str) -> int:
    """A key: how long the item is."""
    return len(item)


a_batcher_of_sides = partial(a_batcher, key=sides)
