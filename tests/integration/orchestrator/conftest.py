"""An orchestrator of its own for every test; no broker unless a test asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.nats import _shared_nats, nats_server, own_nats
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.postgres import postgres_url, shared_postgres
from tests.fixtures.work import Hand

__all__ = ["_shared_nats", "nats_server", "own_nats", "postgres_url", "shared_postgres"]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Orchestrator]:
    async with orchestrator(tmp_path) as found:
        yield found


@pytest.fixture
def hand(house: Orchestrator) -> Hand:
    return Hand(house)
