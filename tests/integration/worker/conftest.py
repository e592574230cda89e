"""A workshop of its own for every test, on a server that all share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.nats import NatsServer, _shared_nats, nats_server, own_nats
from tests.fixtures.workshop import Workshop, workshop

__all__ = ["_shared_nats", "nats_server", "own_nats"]


@pytest.fixture
async def shop(tmp_path: Path, nats_server: NatsServer) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path, nats_server) as found:
        yield found
