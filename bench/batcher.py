"""Measures the batcher against the function behind it, in one run: `python bench/batcher.py`.

What one call costs beside the bare call, how full batches are at saturation, how long a click waits while the batch
lane is saturated, and what becomes of ten times too many calls. Three functions stand in for a model: one that does
nothing, a small torch network, and devices that are busy without the processor, as a GPU is: for 50 ms whatever the
batch, or for 4 ms and 6 more per item.
"""

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import machine
from popcon import errors
from services.matting.alpha import Lane
from services.matting.batching.batcher import Batcher
from services.matting.batching.queue import LANES

MAX_BATCH = 8
MAX_WAIT_S = 0.005
BUSY_S = 0.05
SECONDS = 3.0
LONG_S = 60.0

Function = Callable[[Sequence[Any]], Sequence[Any]]


def nothing(items: Sequence[Any]) -> Sequence[Any]:
    return items


def busy(items: Sequence[Any]) -> Sequence[Any]:
    time.sleep(BUSY_S)
    return items


def busy_per_item(items: Sequence[Any]) -> Sequence[Any]:
    time.sleep(0.004 + 0.006 * len(items))
    return items


def small_network() -> Function:
    """Four convolutions on 64 x 64."""
    network = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 1, 3, padding=1),
    ).eval()  # fmt: skip

    def mattes(items: Sequence[Tensor]) -> list[Tensor]:
        with torch.inference_mode():
            return list(network(torch.stack(list(items))).sigmoid())

    return mattes


def picture() -> Tensor:
    return torch.rand(3, 64, 64)


def batcher(function: Function, max_wait_s: float = MAX_WAIT_S, max_waiting: int = 64) -> Batcher[Any, Any]:
    return Batcher(function, max_batch=MAX_BATCH, max_wait_s=max_wait_s, max_waiting=max_waiting)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


def bare_seconds(function: Function, items: Sequence[Any]) -> float:
    began = time.perf_counter()
    function(items)
    return time.perf_counter() - began


async def one_call() -> str:
    """The bare call and the call through the batcher in turns, so that both see the same machine."""
    rows: list[list[object]] = []
    for name, function in (("nothing", nothing), ("small network", small_network()), ("50 ms", busy)):
        bare: list[float] = []
        through: list[float] = []
        item = picture()
        async with batcher(function) as front:
            until = time.perf_counter() + SECONDS
            while time.perf_counter() < until:
                bare.append(bare_seconds(function, [item]))
                began = time.perf_counter()
                await front.submit(item, lane="interactive", timeout_s=LONG_S)
                through.append(time.perf_counter() - began)
        middle, others = quantile(bare, 0.5), [quantile(through, share) for share in (0.5, 0.95)]
        figures = (middle, others[0], others[0] - middle, others[1] - middle)
        rows.append([name, *(f"{1000 * each:.3f}" for each in figures), f"{others[0] / middle:.2f}"])
    header = ["function", "bare p50, ms", "through p50, ms", "added p50, ms", "added p95, ms", "ratio of p50"]
    return (
        f"## One call\n\nA lone caller, one call after the other, `max_wait_s` {MAX_WAIT_S}. Target: less than 3 ms "
        "added at p50.\n\n" + machine.table(header, rows)
    )


def bare_items_per_second(function: Function) -> float:
    """Full batches, one after the other."""
    items, count, began = [picture()] * MAX_BATCH, 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS / 3:
        function(items)
        count += MAX_BATCH
    return count / (time.perf_counter() - began)


class Sizes:
    """A function that remembers the sizes of its batches."""

    def __init__(self, function: Function) -> None:
        self.sizes: list[int] = []
        self._function = function

    def __call__(self, items: Sequence[Any]) -> Sequence[Any]:
        self.sizes.append(len(items))
        return self._function(items)

    def fill(self) -> float:
        return sum(self.sizes) / len(self.sizes) / MAX_BATCH


async def keep_asking(front: Batcher[Any, Any], lane: Lane, until: float, seconds: list[float], rest_s: float) -> None:
    """One caller; between an answer and the next call it needs up to `rest_s`, as for its own decoding."""
    item = picture()
    while (began := time.perf_counter()) < until:
        await front.submit(item, lane=lane, timeout_s=LONG_S)
        seconds.append(time.perf_counter() - began)
        if rest_s:
            await asyncio.sleep(random.random() * rest_s)


async def saturation() -> str:
    rows: list[list[object]] = []
    for name, function in (("small network", small_network()), ("50 ms", busy)):
        for callers, rest_s in ((8, 0.0), (12, 0.0), (16, 0.0), (16, 0.004)):
            row: list[object] = [name, callers, f"{rest_s * 1000:.0f}"]
            for max_wait_s in (0.0, MAX_WAIT_S):
                bare, watched = bare_items_per_second(function), Sizes(function)
                seconds: list[float] = []
                async with batcher(watched, max_wait_s) as front:
                    began = time.perf_counter()
                    until = began + SECONDS / 2
                    await asyncio.gather(*(keep_asking(front, "batch", until, seconds, rest_s) for _ in range(callers)))
                    per_second = len(seconds) / (time.perf_counter() - began)
                row += [f"{watched.fill():.2f}", f"{per_second / bare:.2f}"]
            rows.append(row)
    wait = f"wait {MAX_WAIT_S * 1000:.0f} ms"
    header = ["function", "callers", "rest, ms", "fill, no wait", "ratio, no wait", f"fill, {wait}", f"ratio, {wait}"]
    return (
        "## Saturation\n\nCallers that call again when they have their answer, at once or after a random rest. Fill: "
        f"mean batch over {MAX_BATCH}, target over 0.8 with a wait. Ratio: items per second to the bare function's in "
        "full batches, measured just before.\n\n" + machine.table(header, rows)
    )


async def clicks() -> str:
    """Interactive callers beside a saturated batch lane."""
    rows: list[list[object]] = []
    for name, function in (("50 ms", busy), ("4 + 6 ms per item", busy_per_item)):
        bare_s = quantile([bare_seconds(function, [picture()] * MAX_BATCH) for _ in range(20)], 0.5)
        for people, rest_s in ((1, 0.2), (4, 0.2), (1, 0.0), (32, 0.0)):
            rows.append([name, people, f"{rest_s * 1000:.0f}", *await _clicks(function, bare_s, people, rest_s)])
    header = [
        "function",
        "people",
        "rest up to, ms",
        "clicks",
        "p50, batches",
        "p95, batches",
        "batch lane's share of items",
    ]
    return (
        "## Clicks under load\n\n32 callers keep the batch lane full. So many people click, with a random rest between "
        "an answer and the next click. Waits from click to answer, in bare full batches: clicks at random that go into "
        "the next full batch have 1.95 at p95. Target 2 at p95 as long as the clicks do not fill the device themselves "
        "as the 32 do. Items: per second, to the bare function's in full batches.\n\n"
        + machine.table([*header, "fill", "items"], rows)
    )


async def _clicks(function: Function, bare_s: float, people: int, rest_s: float) -> list[object]:
    watched, began = Sizes(function), time.perf_counter()
    waits: list[float] = []
    others: list[float] = []
    until = began + 4 * SECONDS
    async with batcher(watched) as front:
        await asyncio.gather(
            *(keep_asking(front, "batch", until, others, 0.0) for _ in range(32)),
            *(keep_asking(front, "interactive", until, waits, rest_s) for _ in range(people)),
        )
    items = sum(watched.sizes) / (time.perf_counter() - began) * bare_s / MAX_BATCH
    share = len(others) / (len(others) + len(waits))
    figures = [quantile(waits, 0.5) / bare_s, quantile(waits, 0.95) / bare_s, share, watched.fill(), items]
    return [len(waits), *(f"{each:.2f}" for each in figures)]


class Crowd:
    """Calls that nobody holds back, and how they ended."""

    def __init__(self, front: Batcher[Any, Any]) -> None:
        self.ends: Counter[str] = Counter()
        self.waits: list[float] = []
        self.longest = 0
        self._front = front

    async def push(self, seconds: float) -> None:
        """Ten full batches of calls in the time of each, in both lanes alike, every call with a second of time."""
        began, calls = time.perf_counter(), []
        while time.perf_counter() - began < seconds:
            calls += [asyncio.create_task(self._ask(LANES[count % 2])) for count in range(10 * MAX_BATCH)]
            await asyncio.sleep(BUSY_S)
            self.longest = max(self.longest, self._front.waiting)
        await asyncio.gather(*calls)

    async def _ask(self, lane: Lane) -> None:
        began = time.perf_counter()
        try:
            await self._front.submit(0, lane=lane, timeout_s=1.0)
        except errors.PopconError as error:
            self.ends[error.code] += 1
        else:
            self.ends["answered"] += 1
            self.waits.append(time.perf_counter() - began)


async def overload() -> str:
    rows: list[list[object]] = []
    for max_waiting in (64, 100_000):
        began = time.perf_counter()
        async with batcher(busy, max_waiting=max_waiting) as front:
            crowd = Crowd(front)
            await crowd.push(3 * SECONDS)
        able = MAX_BATCH / BUSY_S * (time.perf_counter() - began)
        ends, waits = crowd.ends, crowd.waits
        row = [max_waiting, ends.total(), f"{ends['answered'] / able:.2f}", ends["overloaded"], ends["deadline_passed"]]
        rows.append([*row, crowd.longest, f"{quantile(waits, 0.5):.2f}", f"{quantile(waits, 0.99):.2f}"])
    header = ["places per lane", "calls", "answered, share of what the device can", "refused at the door"]
    return (
        "## Ten times too many calls\n\nBatches of 50 ms, both lanes alike, every call with a second of time.\n\n"
        + machine.table([*header, "let in, not answered in time", "longest line", "p50, s", "p99, s"], rows)
    )


async def main() -> None:
    torch.set_num_threads(1)
    parts = [await one_call(), await saturation(), await clicks(), await overload()]
    machine.write("batcher", "The batcher against the function behind it", "\n\n".join(parts))


if __name__ == "__main__":
    asyncio.run(main())
