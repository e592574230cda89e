"""A connection that is never given up, and known to be bad when it is bad."""

import asyncio
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from popcon import errors
from popcon.bus import STREAM, Bus, connection, tasks
from tests.fixtures.nats import NatsServer, connected, running
from tests.fixtures.waiting import eventually
from tests.integration.bus.conftest import a_task, opened

CLIENTS_OWN_LIMIT = 60
"""Attempts after which the library gives up unless it is told otherwise."""


async def test_a_bus_tries_to_reconnect_for_ever(own_nats: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "RECONNECT_WAIT_S", 0)
    tried = 0

    def count(error: Exception) -> str:
        nonlocal tried
        tried += 1
        return ""

    monkeypatch.setattr(connection, "_refusal", count)
    async with opened(own_nats.url) as bus:
        own_nats.kill()
        await eventually(lambda: tried > 3 * CLIENTS_OWN_LIMIT)
        assert not bus.connected
        await own_nats.start()
        await eventually(lambda: bus.connected)
        await bus.provision()


async def test_a_bus_that_is_away_for_too_long_says_so_until_it_is_back(own_nats: NatsServer) -> None:
    async with opened(own_nats.url) as bus:
        assert bus.trouble(0) == ""
        with capture_logs() as logs:
            own_nats.kill()
            await eventually(lambda: bus.trouble(0.05))
            assert "away" in bus.trouble(0.05)
            assert bus.trouble(60) == ""
            await own_nats.start()
            await eventually(lambda: bus.connected)
            await eventually(lambda: not bus.trouble(0))
    assert [log["event"] for log in logs if log["log_level"] != "debug"] == ["NATS is away", "NATS is back"]


async def test_a_connection_that_the_server_closed_for_good_is_known_to_be_lost(tmp_path: Path) -> None:
    limit = "authorization {\n  timeout: 1\n}\nmax_control_line: 1024"
    async with running(tmp_path / "nats", limit) as server, opened(server.url) as bus:
        lost = asyncio.create_task(bus.lost())
        await bus._connection.client._send_command(b"SUB " + b"x" * 5000 + b" 1\r\n")
        await bus._connection.client._flush_pending()
        assert "for good" in await asyncio.wait_for(lost, 5)
        assert "for good" in bus.trouble(60)
        with pytest.raises(errors.Unavailable):
            await bus.pending()


async def test_to_close_is_not_to_lose(nats_server: NatsServer) -> None:
    async with opened(nats_server.url) as bus:
        lost = asyncio.create_task(bus.lost())
        await asyncio.sleep(0)
    assert not lost.done()
    assert bus.trouble(0) == ""
    lost.cancel()


async def test_a_pull_at_a_frozen_server_ends_in_its_time_and_hoards_nothing(own_nats: NatsServer) -> None:
    async with opened(own_nats.url) as bus:
        await bus.provision()
        puller = await bus.bind("matte", "batch")
        began = time.monotonic()
        async with own_nats.frozen():
            for _ in range(6):
                assert await puller.pull(0.1) is None
            assert time.monotonic() - began < 3
        for number in range(6):
            await bus.publish_task(a_task(f"run_{number}"), f"{number}", {})
        # The server answers the pulls of before, which nobody waits for any more.
        assert await puller.pull(1) is not None
        async with connected(own_nats) as (_, js):
            in_hand = (await js.consumer_info(STREAM, "matte-batch")).num_ack_pending
            assert in_hand == 6, "the pulls of before were answered, or there is nothing to give back"
        await puller.give_back()
        async with opened(own_nats.url, "other") as other:
            elsewhere = await other.bind("matte", "batch")
            assert [await elsewhere.pull(3) is not None for _ in range(5)] == [True] * 5


async def test_an_acknowledgement_to_a_frozen_server_is_known_to_have_failed_and_does_no_harm(
    own_nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "PUBLISH_S", 0.2)
    async with opened(own_nats.url) as bus:
        await bus.provision()
        await bus.publish_task(a_task(), "1", {})
        message = await (await bus.bind("matte", "batch")).pull(5)
        assert message is not None
        async with own_nats.frozen():
            with pytest.raises(TimeoutError):
                await message.ack_sync(timeout=0.2)
            with pytest.raises(errors.Unavailable):
                await bus.publish_task(a_task("run_2"), "2", {})
        # What was sent is done when the server goes on; a repeat of it changes nothing.
        await eventually(lambda: held_is(bus, 1))
        await bus.publish_task(a_task("run_2"), "2", {})
        assert await held_is(bus, 1)


async def held_is(bus: Bus, count: int) -> bool:
    assert (await bus.pending())["matte", "batch"] == count
    return True
