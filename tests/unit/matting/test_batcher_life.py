"""A batcher from its start to its end, and its one thread."""

import asyncio
import threading

import pytest
from stepped import LONG_S, Callers, Device, a_batcher, kinds

from popcon import errors
from services.matting.batching.batcher import Batcher


async def test_the_thread_of_the_device_is_one_and_not_the_loops() -> None:
    device = Device()
    device.let_go()
    async with a_batcher(device) as batcher:
        warm = await batcher.call(threading.get_ident)
        for item in "abc":
            await batcher.submit(item, lane="batch", timeout_s=LONG_S)
    assert device.threads == {warm}
    assert warm != threading.get_ident()


async def test_a_call_waits_for_the_batch_and_keeps_the_loop_free() -> None:
    device, called = Device(), threading.Event()
    async with a_batcher(device) as batcher:
        callers = Callers(batcher)
        await callers.send("a")
        await device.begun(1)
        call = asyncio.create_task(batcher.call(called.set))
        await asyncio.sleep(0)
        assert not called.is_set()
        device.let_go()
        await call
        assert called.is_set()


async def test_a_call_raises_what_the_function_raises() -> None:
    async with a_batcher(Device()) as batcher:
        with pytest.raises(ZeroDivisionError):
            await batcher.call(lambda: 1 // 0)
        assert not batcher.broken.is_set()


async def test_closing_lets_the_batch_end_and_refuses_the_rest() -> None:
    device = Device()
    batcher = a_batcher(device)
    batcher.start()
    callers = Callers(batcher)
    await callers.send("a")
    await device.begun(1)
    await callers.send("b")
    closing = asyncio.create_task(batcher.close())
    assert kinds(await callers.outcomes("b")) == [errors.Unavailable]
    await callers.send("c")
    assert kinds(await callers.outcomes("c")) == [errors.Unavailable]
    assert not closing.done()
    device.go()
    await closing
    assert await callers.outcomes("a") == ["a!"]
    with pytest.raises(errors.Unavailable):
        await batcher.call(threading.get_ident)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("device")]


async def test_closing_twice_or_before_the_start_is_safe() -> None:
    started, never = a_batcher(Device()), a_batcher(Device())
    started.start()
    for batcher in (started, never):
        await asyncio.gather(batcher.close(), batcher.close())
        await batcher.close()
    assert not started.broken.is_set()


async def test_before_the_start_the_door_is_shut() -> None:
    batcher: Batcher[str, str] = a_batcher(Device())
    with pytest.raises(errors.Unavailable, match="starting"):
        await batcher.submit("a", lane="batch", timeout_s=LONG_S)
    await batcher.close()
