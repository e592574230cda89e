"""What every process has around its service: a health page that can fail, an end in good order, a heard cancel."""

import asyncio

import httpx
import pytest

from popcon import errors, server
from popcon.config import Settings
from popcon.stack import ports


async def test_health_fails_while_something_is_in_trouble() -> None:
    (port,) = ports.services(1)
    service = server.Service("test", Settings(http_listen=f"127.0.0.1:{port}"))
    trouble = ""
    service.watch(lambda: trouble)
    async with service.http(), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        assert (await client.get("/healthz")).status_code == 200
        trouble = "NATS has been away for 61 s"
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.text.strip()) == (503, trouble)
        trouble = ""
        assert (await client.get("/healthz")).status_code == 200


async def test_what_cannot_come_back_stops_the_service_in_good_order_and_fails_the_process() -> None:
    async def lost() -> str:
        return "it closed for good"

    async def serve(_settings: Settings, service: server.Service) -> None:
        async with server.background(service.stop_after(lost())):
            await service.stop.wait()
            ended.append("in good order")

    ended: list[str] = []
    with pytest.raises(errors.Unavailable, match="closed for good"):
        await asyncio.wait_for(server._main("test", Settings(), serve), 5)
    assert ended == ["in good order"]


async def test_background_work_that_misses_its_cancellation_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CANCEL_AGAIN_S", 0.01)
    missed = 0

    async def misses() -> None:
        nonlocal missed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                missed += 1
                if missed == 3:
                    raise

    async def run() -> None:
        async with server.background(misses()):
            await asyncio.sleep(0)

    await asyncio.wait_for(run(), 5)
    assert missed == 3
