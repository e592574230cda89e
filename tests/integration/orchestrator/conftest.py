"""An orchestrator of its own for every test, on each database; no broker unless a test asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.nats import _shared_nats, nats_server, own_nats
from tests.fixtures.orchestrator import Orchestrator, orchestrator, sqlite_url
from tests.fixtures.postgres import PostgresServer, fresh_database, own_postgres, postgres_url, shared_postgres
from tests.fixtures.work import Hand

__all__ = [
    "_shared_nats",
    "nats_server",
    "own_nats",
    "own_postgres",
    "postgres_url",
    "shared_postgres",
]


QUICK = {"writer", "database", "migrations", "groups", "reconciler", "quotas_shared", "webhook_claims"}
"""What leans most on how a database behaves. All the rest runs on PostgreSQL, too, with the full tests."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        given = getattr(item, "callspec", None)
        if given and given.params.get("server") == "postgres" and item.path.stem.removeprefix("test_") not in QUICK:
            item.add_marker(pytest.mark.full)


@pytest.fixture(params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest) -> PostgresServer | None:
    """PostgreSQL, or nothing for SQLite."""
    return request.getfixturevalue("shared_postgres") if request.param == "postgres" else None


@pytest.fixture
async def database_url(server: PostgresServer | None, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a fresh database with popcon's schema: what uses it is tested on both."""
    if server is None:
        yield await sqlite_url(tmp_path)
    else:
        async with fresh_database(server) as url:
            yield url


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[Orchestrator]:
    async with orchestrator(tmp_path, database_url=database_url) as found:
        yield found


@pytest.fixture
def hand(house: Orchestrator) -> Hand:
    return Hand(house)
