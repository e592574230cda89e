"""A bus on a real server."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from popcon.bus import Bus, connection, tasks
from popcon.v1 import common_pb2, tasks_pb2
from tests.fixtures.nats import NatsServer, _shared_nats, nats_server, own_nats

__all__ = ["_shared_nats", "nats_server", "own_nats"]


def a_task(run_id: str = "run_1", lane: int = common_pb2.LANE_BATCH) -> tasks_pb2.Task:
    return tasks_pb2.Task(schema=1, run_id=run_id, job_id="job_1", stage=common_pb2.STAGE_MATTE, lane=lane)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that are for a network are short here."""
    monkeypatch.setattr(connection, "RECONNECT_WAIT_S", 0.05)
    monkeypatch.setattr(connection, "_CLOSE_S", 0.1)
    monkeypatch.setattr(tasks, "GIVEN_BACK_S", 0.5)


@contextlib.asynccontextmanager
async def opened(url: str, name: str = "test", **options: Any) -> AsyncIterator[Bus]:
    """`options`: of the bus."""
    bus = Bus(url, name, **options)
    try:
        await bus.open()
        yield bus
    finally:
        await bus.close()


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[Bus]:
    """A bus whose streams and consumers are there."""
    async with opened(nats_server.url) as found:
        await found.provision()
        yield found
