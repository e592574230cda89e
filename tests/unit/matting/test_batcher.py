"""One batcher for many callers: when a batch starts, who is refused, what a caller that leaves takes along."""

import asyncio

from prometheus_client import REGISTRY
from stepped import LONG_S, Callers, Device, a_batcher, a_batcher_of_sides, kinds

from popcon import errors
from tests.fixtures.waiting import eventually


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_lone_caller_never_waits_for_others() -> None:
    device = Device()
    device.let_go()
    async with a_batcher(device, max_wait_s=LONG_S) as batcher:
        for item in "abc":
            assert await batcher.submit(item, lane="interactive", timeout_s=LONG_S) == f"{item}!"
    assert device.batches == [["a"], ["b"], ["c"]]


async def test_what_comes_at_once_shares_a_batch() -> None:
    device = Device()
    device.let_go()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send(*"abc")
        assert await callers.outcomes() == ["a!", "b!", "c!"]
    assert device.batches == [["a", "b", "c"]]


async def test_the_next_batch_collects_while_one_is_computed() -> None:
    device = Device()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a")
        await device.begun(1)
        await callers.send("b")
        await callers.send(*"cdef")
        device.go()
        assert await device.begun(2) == ["b", "c", "d", "e"]
        device.let_go()
        assert await callers.outcomes() == ["a!", "b!", "c!", "d!", "e!", "f!"]
    assert device.batches[2:] == [["f"]]


async def test_callers_that_come_back_are_waited_for() -> None:
    device = Device()
    async with a_batcher(device, max_wait_s=LONG_S) as batcher:
        callers = Callers(batcher)
        await callers.send(*"abc")
        await device.begun(1)
        device.go()
        await callers.outcomes()
        await callers.send(*"de")
        for _ in range(10):
            await asyncio.sleep(0)
        assert batcher.waiting == 2
        await callers.send("f")
        assert await device.begun(2) == ["d", "e", "f"]
        device.let_go()
        await callers.outcomes()


async def test_a_full_batch_waits_for_nobody() -> None:
    device = Device()
    async with a_batcher(device, max_wait_s=LONG_S) as batcher:
        callers = Callers(batcher)
        await callers.send("a")
        await device.begun(1)
        await callers.send(*"bcde")
        device.go()
        assert await device.begun(2) == ["b", "c", "d", "e"]
        device.let_go()
        await callers.outcomes()


async def test_callers_of_another_key_are_not_waited_for() -> None:
    device = Device()
    device.let_go()
    async with a_batcher_of_sides(device, max_wait_s=LONG_S) as batcher:
        callers = Callers(batcher)
        await callers.send(*"abc")
        await callers.outcomes()
        await callers.send("dd")
        assert await callers.outcomes("dd") == ["dd!"]


async def test_callers_that_do_not_come_back_are_not_waited_for_long() -> None:
    device = Device()
    device.let_go()
    async with a_batcher(device, max_wait_s=0.01) as batcher:
        callers = Callers(batcher)
        await callers.send(*"abc")
        await callers.outcomes()
        await callers.send("d")
        assert await callers.outcomes("d") == ["d!"]
    assert device.batches == [["a", "b", "c"], ["d"]]


async def test_callers_that_left_are_not_expected_back() -> None:
    device = Device()
    async with a_batcher(device, max_wait_s=LONG_S) as batcher:
        callers = Callers(batcher)
        await callers.send(*"abc")
        await device.begun(1)
        await callers.cancel(*"ab")
        device.let_go()
        await callers.outcomes("c")
        await callers.send("d")
        assert await callers.outcomes("d") == ["d!"]


async def test_items_of_different_keys_never_share_a_batch() -> None:
    device = Device()
    device.let_go()
    async with a_batcher_of_sides(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a", "bb", "c", "dd")
        assert await callers.outcomes() == ["a!", "bb!", "c!", "dd!"]
    assert device.batches == [["a", "c"], ["bb", "dd"]]


async def test_interactive_items_go_before_batch_items() -> None:
    device = Device()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a")
        await device.begun(1)
        await callers.send(*"bcdef")
        await callers.send("X", lane="interactive")
        device.go()
        assert await device.begun(2) == ["X", "b", "c", "d"]
        device.let_go()
        await callers.outcomes()


async def test_a_full_line_refuses_at_once_and_only_its_lane() -> None:
    device = Device()
    before = metric("popcon_batch_refused_total", reason="full")
    async with a_batcher(device, max_waiting=2) as batcher:
        callers = Callers(batcher)
        await callers.send("a")
        await device.begun(1)
        await callers.send(*"bcd")
        await callers.send("X", lane="interactive")
        assert kinds(await callers.outcomes("d")) == [errors.Overloaded]
        assert batcher.waiting == 3
        await callers.cancel("b")
        await callers.send("e")
        device.let_go()
        assert await callers.outcomes(*"aceX") == ["a!", "c!", "e!", "X!"]
    assert metric("popcon_batch_refused_total", reason="full") == before + 1


async def test_a_caller_that_leaves_the_line_leaves_no_work() -> None:
    device = Device()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a")
        await device.begun(1)
        await callers.send(*"bcd")
        await callers.cancel("c")
        assert batcher.waiting == 2
        device.let_go()
        assert await callers.outcomes(*"abd") == ["a!", "b!", "d!"]
    assert device.batches == [["a"], ["b", "d"]]


async def test_a_caller_that_leaves_a_batch_takes_nobody_along() -> None:
    device = Device()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send(*"abc")
        await device.begun(1)
        await callers.cancel("b")
        device.let_go()
        assert await callers.outcomes(*"ac") == ["a!", "c!"]
        assert callers.tasks["b"].cancelled()


async def test_metrics_tell_of_batches_and_of_who_waits() -> None:
    device = Device()
    names = ("popcon_batch_size_count", "popcon_batch_size_sum", "popcon_batch_seconds_count")
    before = [metric(name) for name in names]
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send(*"abc")
        await device.begun(1)
        await callers.send("d", "e")
        await callers.send("X", lane="interactive")
        assert metric("popcon_batch_waiting", lane="batch") == 2
        assert metric("popcon_batch_waiting", lane="interactive") == 1
        await callers.cancel("e")
        assert metric("popcon_batch_waiting", lane="batch") == 1
        device.let_go()
        await callers.outcomes(*"abcdX")
    assert [metric(name) - old for name, old in zip(names, before, strict=True)] == [2, 5, 2]
    await eventually(lambda: metric("popcon_batch_waiting", lane="batch") == 0)
