"""Bad items, too little memory, a broken device, and deadlines."""

import asyncio
import gc
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from stepped import LONG_S, Callers, Clock, Device, a_batcher, a_batcher_of_sides, kinds, shout

from popcon import errors
from services.matting.batching.device import BrokenDevice, OutOfMemory

HOUR_S = 3600.0


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def slow(clock: Clock, seconds: float) -> Callable[[Sequence[Any]], list[Any]]:
    """An answer that takes so long."""

    def answer(items: Sequence[Any]) -> list[Any]:
        clock.skip(seconds)
        return shout(items)

    return answer


def raising(error: BaseException, *guilty: str) -> Callable[[Sequence[Any]], list[Any]]:
    """An answer that raises where one of the guilty is in the batch."""

    def answer(items: Sequence[Any]) -> list[Any]:
        if set(guilty) & set(items):
            raise error
        return shout(items)

    return answer


async def test_one_bad_item_fails_alone() -> None:
    device = Device(raising(ValueError("blank"), "b"))
    device.let_go()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send(*"abcd")
        assert kinds(await callers.outcomes()) == ["a!", ValueError, "c!", "d!"]


async def test_even_a_stop_iteration_reaches_its_caller() -> None:
    device = Device(raising(StopIteration(), "b"))
    device.let_go()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send(*"ab")
        assert kinds(await callers.outcomes()) == ["a!", errors.Internal]


async def test_a_timeout_in_the_work_is_no_deadline() -> None:
    device = Device(raising(TimeoutError("of the work's own"), "a"))
    device.let_go()
    async with a_batcher(device) as batcher:
        with pytest.raises(TimeoutError, match="own"):
            await batcher.submit("a", lane="batch", timeout_s=LONG_S)


async def test_after_out_of_memory_batches_are_smaller() -> None:
    def answer(items: Sequence[Any]) -> list[Any]:
        if len(items) > 2:
            raise OutOfMemory
        return shout(items)

    device = Device(answer)
    device.let_go()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send(*"abcd")
        assert await callers.outcomes() == ["a!", "b!", "c!", "d!"]
        await callers.send(*"efgh")
        await callers.outcomes()
    assert [len(batch) for batch in device.batches] == [4, 2, 2, 2, 2]


async def test_a_broken_device_fails_all_and_says_so() -> None:
    device = Device(raising(BrokenDevice("the context is lost"), "a"))
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send(*"ab")
        await device.begun(1)
        await callers.send(*"cd")
        device.let_go()
        assert kinds(await callers.outcomes()) == [errors.Unavailable] * 4
        assert batcher.broken.is_set()
        await callers.send("e")
        assert kinds(await callers.outcomes("e")) == [errors.Unavailable]
    assert device.batches == [["a", "b"]]


async def test_a_device_that_breaks_in_a_call_is_broken() -> None:
    def look() -> None:
        raise BrokenDevice("the context is lost")

    async with a_batcher(Device()) as batcher:
        with pytest.raises(errors.Unavailable):
            await batcher.call(look)
        assert batcher.broken.is_set()


async def test_work_that_ends_the_batcher_itself_leaves_nobody_waiting() -> None:
    device = Device(raising(asyncio.CancelledError(), "a"))
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a")
        await device.begun(1)
        await callers.send("b")
        device.let_go()
        assert kinds(await callers.outcomes()) == [errors.Unavailable] * 2
        assert batcher.broken.is_set()


async def test_an_item_whose_time_is_over_when_it_comes_is_refused() -> None:
    async with a_batcher(Device()) as batcher:
        with pytest.raises(errors.DeadlinePassed):
            await batcher.submit("a", lane="batch", timeout_s=0.0)
        assert batcher.waiting == 0


async def test_a_deadline_is_kept_while_the_device_is_busy(clock: Clock) -> None:
    device = Device()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a", timeout_s=9 * HOUR_S)
        await device.begun(1)
        await callers.send("b", timeout_s=HOUR_S)
        await callers.send("c", timeout_s=9 * HOUR_S)
        clock.skip(HOUR_S)
        assert kinds(await callers.outcomes("b")) == [errors.DeadlinePassed]
        assert batcher.waiting == 1
        device.let_go()
        assert await callers.outcomes("a", "c") == ["a!", "c!"]
    assert device.batches == [["a"], ["c"]]


async def test_a_deadline_is_kept_while_the_item_is_computed(clock: Clock) -> None:
    device = Device()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a", timeout_s=HOUR_S)
        await callers.send("b", timeout_s=9 * HOUR_S)
        await device.begun(1)
        clock.skip(HOUR_S)
        assert kinds(await callers.outcomes("a")) == [errors.DeadlinePassed]
        device.let_go()
        assert await callers.outcomes("b") == ["b!"]


async def test_what_cannot_end_in_time_is_not_begun(clock: Clock) -> None:
    device = Device(slow(clock, 2 * HOUR_S))
    device.let_go()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a", timeout_s=9 * HOUR_S)
        await callers.outcomes()
        await asyncio.gather(
            callers.send("b", timeout_s=9 * HOUR_S), callers.send("X", lane="interactive", timeout_s=HOUR_S)
        )
        assert kinds(await callers.outcomes("b", "X")) == ["b!", errors.DeadlinePassed]
    assert device.batches == [["a"], ["b"]]


async def test_what_nobody_else_wants_the_device_for_is_tried(clock: Clock) -> None:
    seconds = iter([9 * HOUR_S, 0.0])
    device = Device(lambda items: slow(clock, next(seconds))(items))
    device.let_go()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a", timeout_s=99 * HOUR_S)
        await callers.outcomes()
        await callers.send("b", timeout_s=HOUR_S)
        assert await callers.outcomes("b") == ["b!"]


async def test_one_slow_batch_shuts_no_key_out(clock: Clock) -> None:
    seconds = {"large": 9 * HOUR_S}
    device = Device(lambda items: slow(clock, seconds.pop(items[0], 0.0))(items))
    device.let_go()
    async with a_batcher_of_sides(device) as batcher:
        callers = Callers(batcher)
        await callers.send("large", timeout_s=99 * HOUR_S)
        await callers.outcomes()
        outcomes = []
        for other in "abcdefgh":
            await asyncio.gather(callers.send(other, timeout_s=99 * HOUR_S), callers.send("LARGE", timeout_s=HOUR_S))
            outcomes += await callers.outcomes("LARGE")
        assert kinds(outcomes) == [errors.DeadlinePassed] * 4 + ["LARGE!"] * 4


async def test_the_time_of_a_batch_that_failed_is_not_that_of_a_batch(clock: Clock) -> None:
    def answer(items: Sequence[Any]) -> list[Any]:
        if items == ["bad"]:
            clock.skip(9 * HOUR_S)
            raise ValueError
        if "bad" in items:
            raise ValueError
        return shout(items)

    device = Device(answer)
    device.let_go()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("bad", "a", timeout_s=99 * HOUR_S)
        await callers.outcomes()
        await asyncio.gather(callers.send("b", timeout_s=99 * HOUR_S), callers.send("c", timeout_s=HOUR_S))
        assert await callers.outcomes("b", "c") == ["b!", "c!"]


async def test_a_line_too_long_for_the_deadline_refuses_at_the_door(clock: Clock) -> None:
    device = Device(slow(clock, HOUR_S))
    async with a_batcher(device, max_batch=2) as batcher:
        callers = Callers(batcher)
        await callers.send("a", timeout_s=99 * HOUR_S)
        device.go()
        await callers.outcomes()
        await callers.send("b", timeout_s=99 * HOUR_S)
        await device.begun(2)
        # One hour for b, one for each two before it in its lane, one for itself, and a quarter of all that.
        await callers.send(*"cdefghij", timeout_s=5.1 * HOUR_S)
        await callers.send("X", lane="interactive", timeout_s=2.6 * HOUR_S)
        assert batcher.waiting == 7
        assert kinds(await callers.outcomes(*"ij")) == [errors.Overloaded] * 2
        device.let_go()
        assert kinds(await callers.outcomes(*"bcdefgX")) == [f"{item}!" for item in "bcdefgX"]


async def test_the_first_of_its_lane_is_always_let_in(clock: Clock) -> None:
    device = Device(slow(clock, HOUR_S))
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a", timeout_s=99 * HOUR_S)
        device.go()
        await callers.outcomes()
        await callers.send("b", timeout_s=99 * HOUR_S)
        await device.begun(2)
        await callers.send("c", timeout_s=HOUR_S / 2)
        assert batcher.waiting == 1
        device.let_go()
        assert kinds(await callers.outcomes("c")) == [errors.DeadlinePassed]


async def test_errors_of_callers_that_left_disturb_nobody() -> None:
    device = Device(raising(ValueError("blank"), "a"))
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a")
        await device.begun(1)
        await callers.cancel("a")
        device.let_go()
        assert await batcher.submit("b", lane="batch", timeout_s=LONG_S) == "b!"
    callers.tasks.clear()
    gc.collect()  # an exception that nobody asked for would warn here
