"""The database underneath: its clock, its locks, and what happens when it is not there."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from popcon import errors
from services.orchestrator import database, tables
from services.orchestrator.database import Database, fetch_all, now_ms
from tests.fixtures.orchestrator import write_schema


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    await write_schema(tmp_path / "popcon.db")
    found = Database(f"sqlite+aiosqlite:///{tmp_path}/popcon.db")
    yield found
    await found.close()


async def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    for _ in range(2):
        await asyncio.to_thread(database.migrate, url)
    found = Database(url)
    async with found.look() as connection:
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    assert set(names) == {*tables.metadata.tables, "alembic_version"}
    await found.close()


async def test_the_migration_makes_what_the_tables_say(store: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    async with store.look() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), tables.metadata)
        )
    assert differences == []


async def test_every_table_has_its_owner() -> None:
    assert all("owner" in table.c for table in tables.metadata.tables.values())


async def test_its_clock_is_the_time(store: Database) -> None:
    async with store.look() as connection:
        assert abs(await now_ms(connection) - time.time() * 1000) < 1000


async def test_it_syncs_and_never_lets_readers_wait(store: Database) -> None:
    async with store.writing.begin() as writing:
        pragmas = [
            (await writing.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        assert pragmas == ["wal", 2, 1]
        row = {"job_id": "job_1", "target": "a", "owner": "local", "action_ids": [], "tab_action_id": ""}
        await writing.execute(sa.insert(tables.arrangements).values(**row))
        async with asyncio.timeout(2), store.look() as reading:
            assert await fetch_all(reading, sa.select(tables.arrangements)) == []
    async with store.look() as reading:
        assert await fetch_all(reading, sa.select(tables.arrangements)) == [row]


async def test_a_look_sees_one_moment(store: Database) -> None:
    row = {"job_id": "job_1", "target": "a", "owner": "local", "action_ids": [], "tab_action_id": ""}
    async with store.look() as reading:
        assert await fetch_all(reading, sa.select(tables.arrangements)) == []
        async with store.writing.begin() as writing:
            await writing.execute(sa.insert(tables.arrangements).values(**row))
        assert await fetch_all(reading, sa.select(tables.arrangements)) == []


async def test_one_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    gone = Database(f"sqlite+aiosqlite:///{tmp_path}/no/folder/popcon.db")
    with pytest.raises(errors.Unavailable, match="state store"):
        async with gone.look() as connection:
            await now_ms(connection)
    await gone.close()
