"""Who goes with a click: batch items fill its batch, except where it waited already and would be quicker alone."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from stepped import Callers, Clock, Device, a_batcher, shout

ALWAYS_S = 1e6
"""Longer than any line of batches that take hours."""


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def by_size(clock: Clock, alone_s: float) -> Callable[[Sequence[Any]], list[Any]]:
    """An answer that takes an hour, but for a single item."""

    def answer(items: Sequence[Any]) -> list[Any]:
        clock.skip(alone_s if len(items) == 1 else 3600)
        return shout(items)

    return answer


async def step(device: Device) -> list[Any]:
    """Ends a batch; the one after it."""
    device.go()
    return await device.begun(len(device.batches) + 1)


async def learnt(device: Device, callers: Callers) -> None:
    """A batch of one, then full ones, of which the first has begun and two more wait."""
    await callers.send("a", timeout_s=ALWAYS_S)
    await device.begun(1)
    await callers.send(*"bcdefghijklm", timeout_s=ALWAYS_S)
    assert await step(device) == ["b", "c", "d", "e"]


@pytest.mark.parametrize(("alone_s", "batch"), [(900, ["X"]), (3600, ["X", "f", "g", "h"])])
async def test_a_click_that_had_to_wait_goes_alone_where_that_is_quick(
    clock: Clock, alone_s: float, batch: list[str]
) -> None:
    device = Device(by_size(clock, alone_s))
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await learnt(device, callers)
        await callers.send("X", lane="interactive", timeout_s=ALWAYS_S)
        assert await step(device) == batch
        device.let_go()
        await callers.outcomes()


async def test_a_click_that_had_not_to_wait_takes_others_along(clock: Clock) -> None:
    device = Device(by_size(clock, alone_s=900))
    async with a_batcher(device, max_wait_s=2 * 3600.0) as batcher:
        callers = Callers(batcher)
        await learnt(device, callers)
        await callers.send("X", lane="interactive", timeout_s=ALWAYS_S)
        assert await step(device) == ["X"]
        device.go()
        await callers.outcomes("X")
        await callers.send("Y", lane="interactive", timeout_s=ALWAYS_S)
        assert await device.begun(4) == ["Y", "f", "g", "h"]
        device.let_go()
    await callers.outcomes()


async def test_the_batch_lane_takes_clicks_along_when_it_leads(clock: Clock) -> None:
    device = Device(by_size(clock, alone_s=900))
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a", timeout_s=ALWAYS_S)
        await device.begun(1)
        await callers.send("b", timeout_s=ALWAYS_S)
        await callers.send(*"ABCDEFGHIJKLMNO", lane="interactive", timeout_s=ALWAYS_S)
        batches = [await step(device) for _ in range(4)]
        assert batches == [[*"ABCD"], [*"EFGH"], [*"IJKL"], ["b", "M", "N", "O"]]
        device.let_go()
        await callers.outcomes()
