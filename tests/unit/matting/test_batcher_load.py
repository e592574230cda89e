"""Crowds: callers that leave at random, saturation, and far too many calls. Counted in batches, not in seconds."""

import asyncio
import gc
import random
import threading
import time
import weakref
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from prometheus_client import REGISTRY
from stepped import LONG_S, Callers, Clock, Device, a_batcher, kinds, shout

from popcon import errors
from services.matting.batching.batcher import Batcher
from services.matting.batching.device import OutOfMemory
from services.matting.batching.queue import LANES
from tests.fixtures.waiting import eventually

HOUR_S = 3600.0


class Frame:
    """An item with a check value: its result must carry the same."""

    def __init__(self, check: int, rng: random.Random) -> None:
        self.check = check
        self.side = rng.choice((1, 1, 1, 2))
        self.is_bad = rng.random() < 0.05


def moody(seed: int) -> Any:
    """Work that fails for bad frames, runs out of memory now and then, and answers with the checks."""
    rng = random.Random(seed)

    def work(frames: Sequence[Frame]) -> list[int]:
        assert len({frame.side for frame in frames}) == 1
        if len(frames) > 3 and rng.random() < 0.05:
            raise OutOfMemory
        for frame in frames:
            if frame.is_bad:
                raise ValueError(frame.check)
        return [frame.check for frame in frames]

    return work


async def ask(batcher: Batcher[Frame, int], frame: Frame, rng: random.Random) -> str:
    """How the call ended; `mistaken`: with what was another's."""
    timeout_s = rng.choice((LONG_S, LONG_S, rng.random() * 0.003))
    try:
        answer = await batcher.submit(frame, lane=rng.choice(LANES), timeout_s=timeout_s)
    except ValueError as error:
        return "bad" if error.args == (frame.check,) and frame.is_bad else "mistaken"
    except (errors.Overloaded, errors.DeadlinePassed) as error:
        return error.code
    return "answered" if answer == frame.check and not frame.is_bad else "mistaken"


async def leave_at_random(batcher: Batcher[Frame, int], seed: int, leavers: int) -> Counter[str]:
    """Waves of calls, most of which are cancelled a few turns of the loop later."""
    rng, ends, checks = random.Random(seed), Counter[str](), iter(range(1_000_000))
    while ends["cancelled"] < leavers:
        wave = [asyncio.create_task(ask(batcher, Frame(next(checks), rng), rng)) for _ in range(rng.randint(1, 60))]
        leaving = rng.sample(wave, k=rng.randint(0, len(wave)))
        for task in leaving:
            for _ in range(rng.randint(0, 3)):
                await asyncio.sleep(0)
            task.cancel()
        if rng.random() < 0.5:  # else the next wave comes on top
            await asyncio.wait(wave)
        for task in wave:
            task.add_done_callback(lambda task: ends.update(["cancelled" if task.cancelled() else task.result()]))
        await asyncio.sleep(0)
    await eventually(lambda: len(asyncio.all_tasks()) == 2)  # this one and the batcher's
    return ends


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 21))])
async def test_a_thousand_callers_that_leave_disturb_nobody(seed: int) -> None:
    alive: weakref.WeakSet[Frame] = weakref.WeakSet()
    work = moody(seed)

    def watched(frames: Sequence[Frame]) -> list[int]:
        alive.update(frames)
        answer: list[int] = work(frames)
        return answer

    async with Batcher(watched, max_batch=8, max_wait_s=0.002, max_waiting=48, key=lambda frame: frame.side) as batcher:
        ends = await leave_at_random(batcher, seed, 1000)
        assert batcher.waiting == 0
        last = Frame(-1, random.Random(0))
        assert await batcher.submit(last, lane="batch", timeout_s=LONG_S) == -1
    assert ends["cancelled"] >= 1000
    assert ends["mistaken"] == 0
    assert min(ends["answered"], ends["bad"], ends["overloaded"], ends["deadline_passed"]) > 0
    assert [REGISTRY.get_sample_value("popcon_batch_waiting", {"lane": lane}) for lane in LANES] == [0, 0]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("device")]
    del last
    gc.collect()
    assert not alive


@pytest.mark.parametrize("callers", [8, 11, 12, 16, 40])
async def test_batches_are_full_at_saturation(callers: int) -> None:
    sizes: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        sizes.append(len(items))
        return list(items)

    async def keep_asking(batcher: Batcher[int, int], check: int) -> None:
        while True:
            assert await batcher.submit(check, lane="batch", timeout_s=LONG_S) == check

    async with Batcher(work, max_batch=8, max_wait_s=LONG_S, max_waiting=64) as batcher:
        asking = [asyncio.create_task(keep_asking(batcher, check)) for check in range(callers)]
        await eventually(lambda: len(sizes) >= 100)
    assert kinds(await asyncio.gather(*asking, return_exceptions=True)) == [errors.Unavailable] * callers
    assert sum(sizes[:100]) / 100 / 8 > 0.8


async def test_few_callers_do_not_wait_for_a_full_batch() -> None:
    device = Device()
    device.let_go()
    async with a_batcher(device, max_batch=8, max_wait_s=LONG_S) as batcher:
        for _ in range(20):
            callers = Callers(batcher)
            await callers.send(*"abc")
            await callers.outcomes()
    assert [len(batch) for batch in device.batches] == [3] * 20


async def saturate(callers: Callers, rng: random.Random, left: int) -> None:
    """Keeps the batch lane full."""
    missing = left - callers.batcher.waiting
    if missing > 0:
        await callers.send(*(f"b{rng.random()}" for _ in range(missing)))


@pytest.mark.parametrize("clicks_per_batch", [0.2, 1, 3])
async def test_interactive_items_begin_within_two_batches(clicks_per_batch: float) -> None:
    rng, device, begun_after = random.Random(1), Device(), []
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await saturate(callers, rng, 20)
        sent: dict[str, int] = {}
        for count in range(1, 60):
            batch = await device.begun(count)
            begun_after += [count - sent[item] for item in batch if item in sent]
            for _ in range(int(clicks_per_batch + rng.random())):
                click = f"X{len(sent)}"
                sent[click] = count
                await callers.send(click, lane="interactive")
            await saturate(callers, rng, 20)
            device.go()
        device.let_go()
        await callers.outcomes()
    assert len(begun_after) > 5
    assert max(begun_after) <= 2
    if clicks_per_batch < 1:
        assert max(begun_after) == 1


async def test_the_batch_lane_keeps_its_share_under_interactive_load() -> None:
    device = Device()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send(*(f"b{number}" for number in range(40)))
        await callers.send(*(f"X{number}" for number in range(60)), lane="interactive")
        for _ in range(12):
            device.go()
        await device.begun(13)
        led_by_batch = [batch for batch in device.batches[:13] if batch[0].startswith("b")]
        device.let_go()
        await callers.outcomes()
    assert [len(batch) for batch in device.batches[:13]] == [4] * 13
    assert len(led_by_batch) >= 3


async def flood(clock: Clock, max_waiting: int, clicks: int, batches: int) -> tuple[list[Any], list[int]]:
    """Eighty calls for each batch of eight, so many of them clicks; a batch takes an hour, a caller waits for twenty.
    How each call ended, in their order, and the length of the line after each eighty."""

    def answer(items: Sequence[Any]) -> list[Any]:
        clock.skip(HOUR_S)
        return shout(items)

    device, lengths = Device(answer), []
    async with a_batcher(device, max_batch=8, max_waiting=max_waiting) as batcher:
        callers = Callers(batcher)
        await callers.send("first", timeout_s=99 * HOUR_S)
        device.go()
        await callers.outcomes()
        for count in range(batches):
            names = [f"{count} {number}" for number in range(80)]
            await callers.send(*names[:clicks], lane="interactive", timeout_s=20 * HOUR_S)
            await callers.send(*names[clicks:], timeout_s=20 * HOUR_S)
            lengths.append(batcher.waiting)
            device.go()
            await device.begun(count + 3)
        device.let_go()
        outcomes = await callers.outcomes()
    assert sum(len(batch) for batch in device.batches[3 : batches + 2]) / (batches - 1) / 8 > 0.95
    ends = [
        "answered" if outcome == f"{item}!" else outcome for item, outcome in zip(callers.tasks, outcomes, strict=True)
    ]
    return kinds(ends[1:]), lengths


@pytest.mark.parametrize(("max_waiting", "longest"), [(64, 64), (100_000, 128)])
async def test_ten_times_too_many_calls_are_shed_at_the_door(
    monkeypatch: pytest.MonkeyPatch, max_waiting: int, longest: int
) -> None:
    ends, lengths = await flood(Clock(monkeypatch), max_waiting, clicks=0, batches=60)
    assert max(lengths) <= longest
    counts = Counter(ends)
    assert set(counts) == {"answered", errors.Overloaded}  # whoever is let in is answered in time
    assert counts["answered"] >= 8 * 60


@pytest.mark.parametrize(("clicks", "lesson"), [(40, 0), (4, 30)])
async def test_the_door_learns_how_fast_each_lane_gets_on(
    monkeypatch: pytest.MonkeyPatch, clicks: int, lesson: int
) -> None:
    ends, lengths = await flood(Clock(monkeypatch), 100_000, clicks, batches=100)
    assert max(lengths) <= 256
    assert set(ends[80 * lesson :]) == {"answered", errors.Overloaded}


@pytest.mark.full
async def test_ten_times_too_many_calls_for_a_minute() -> None:
    batch_s, ends, longest = 0.02, Counter[str](), 0
    rng = random.Random(1)

    def work(items: Sequence[int]) -> list[int]:
        time.sleep(batch_s)
        return list(items)

    async def ask(batcher: Batcher[int, int], check: int) -> None:
        lane, began, timeout_s = rng.choice(LANES), time.monotonic(), 1.0
        try:
            assert await batcher.submit(check, lane=lane, timeout_s=timeout_s) == check
            ends["answered"] += 1
            ends["late"] += time.monotonic() - began > timeout_s + 0.25  # a shared machine's own pauses
        except errors.PopconError as error:
            ends[error.code] += 1

    async with Batcher(work, max_batch=8, max_wait_s=0.005, max_waiting=100_000) as batcher:
        asking: set[asyncio.Task[None]] = set()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            asking |= {asyncio.create_task(ask(batcher, check)) for check in range(80)}
            await asyncio.sleep(batch_s)
            longest = max(longest, batcher.waiting)
            asking = {task for task in asking if not task.done()}
        await asyncio.gather(*asking)
    assert longest < 2 * 8 * 1.0 / batch_s
    assert ends["late"] == 0
    assert ends["overloaded"] > 5 * ends["answered"] > 0
    assert ends["deadline_passed"] < 0.01 * ends["answered"]
