"""Work beside a service ends with it."""

import asyncio

import pytest

from popcon import server


async def test_work_that_forgets_that_it_was_cancelled_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CANCEL_AGAIN_S", 0.01)
    cancelled = 0

    async def forgetful() -> None:
        nonlocal cancelled
        while cancelled < 3:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled += 1

    async with asyncio.timeout(5), server.background(forgetful()):
        await asyncio.sleep(0)
    assert cancelled == 3


async def test_work_that_fails_ends_what_it_is_beside() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        async with asyncio.timeout(5), server.background(fail(), asyncio.sleep(60)):
            await asyncio.sleep(60)
