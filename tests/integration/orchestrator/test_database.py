"""The database underneath: its clock, its locks, and what happens when it is not there."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from popcon import errors
from services.orchestrator import database, tables
from services.orchestrator.database import Database, fetch_all, now_ms


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    yield found
    await found.close()


async def test_migrating_again_changes_nothing(store: Database, database_url: str) -> None:
    await asyncio.to_thread(database.migrate, database_url)
    async with store.look() as connection:
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    assert set(names) == {*tables.metadata.tables, "alembic_version"}


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


async def test_what_is_committed_is_on_the_disk(store: Database) -> None:
    async def asked(statement: str) -> object:
        async with store.writing.begin() as connection:
            return (await connection.exec_driver_sql(statement)).scalar_one()

    if store.writers == 1:
        names = ("journal_mode", "synchronous", "foreign_keys")
        assert [await asked(f"PRAGMA {name}") for name in names] == ["wal", 2, 1]
    else:
        assert [await asked(f"SHOW {name}") for name in ("fsync", "synchronous_commit")] == ["on", "on"]


async def test_readers_never_wait(store: Database) -> None:
    async with store.writing.begin() as writing:
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


@pytest.mark.parametrize("gone", ["sqlite:////no/folder/popcon.db", "postgresql://popcon@127.0.0.1:1/popcon"])
async def test_one_that_is_not_there_is_unavailable(gone: str) -> None:
    store = Database(gone)
    with pytest.raises(errors.Unavailable, match="state store"):
        async with store.look() as connection:
            await now_ms(connection)
    await store.close()
