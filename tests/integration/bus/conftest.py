"""A bus on a real server."""

import contextlib
from collections.abc import AsyncIterator

import pytest

from popcon.bus import Bus
from tests.fixtures.nats import NatsServer, _shared_nats, nats_server, own_nats

__all__ = ["_shared_nats", "nats_server", "own_nats"]


@contextlib.asynccontextmanager
async def opened(server: NatsServer, name: str = "test") -> AsyncIterator[Bus]:
    bus = Bus(server.url, name)
    await bus.open()
    try:
        yield bus
    finally:
        await bus.close()


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[Bus]:
    """A bus whose streams and consumers are there."""
    async with opened(nats_server) as found:
        await found.provision()
        yield found
