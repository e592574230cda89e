"""Databases of earlier releases: what they hold is all there after a migration, and is filled up."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from services.orchestrator import database, tables
from services.orchestrator.database import Database, fetch_all
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.waiting import eventually

ARTIFACT = {
    "key": "owners/local/pictures/a/cutout.png",
    "size": 1,
    "sha256": "b",
    "media_type": "image/png",
    "name": "",
}
PICTURE = {"id": "pic_1", "owner": "local", "sha256": "a", "width": 4, "height": 3, "box": [1, 1, 3, 2]}
JOB = {"id": "job_1", "owner": "local", "name": "Élan", "picture_id": "pic_1", "options": {}, "last_seq": 1}
SUMMARY = {"job_id": "job_1", "owner": "local", "name": "Élan", "state": "done", "deleted": False, "actions": []}
TIMES = {"created_at": 1, "updated_at": 2}


@pytest.fixture
async def url(server: PostgresServer | None, tmp_path: Path) -> str:
    """The URL of an empty database."""
    return server.url(await server.new_database()) if server else f"sqlite+aiosqlite:///{tmp_path}/popcon.db"


def alembic(url: str = "") -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url)
    return config


def upgrade(url: str, revision: str) -> None:
    command.upgrade(alembic(url), revision)


async def insert(store: Database, table: sa.Table, row: dict[str, Any]) -> None:
    async with store.writing.begin() as connection:
        await connection.execute(
            sa.insert(sa.table(table.name, *(table.c[name]._copy() for name in row))).values(**row)
        )


async def test_jobs_of_the_first_release_are_found_and_shown(url: str) -> None:
    await asyncio.to_thread(upgrade, url, "0001")
    store = Database(url)
    picture = {**PICTURE, "background": "plain", "source": ARTIFACT, "cutout": ARTIFACT, "created_at": 1}
    await insert(store, tables.pictures, picture)
    await insert(store, tables.jobs, {**JOB, **TIMES, "deleted_at": None})
    await insert(store, tables.job_summaries, {**SUMMARY, **TIMES, "thumbnail": ARTIFACT})
    await asyncio.to_thread(database.migrate, url)
    async with store.look() as connection:
        (kept,) = await fetch_all(connection, sa.select(tables.pictures))
        (card,) = await fetch_all(connection, sa.select(tables.job_summaries))
    assert kept == {**picture, "crop": "", "thumbnail": None, "bytes": 2}
    assert (card["picture_id"], card["folded"], card["thumbnail"]) == ("pic_1", "élan", ARTIFACT)
    await store.close()


def a_value(column: sa.Column[Any], number: int) -> Any:
    """Something that a column can hold, another for each number."""
    made = {sa.String: f"{number}", sa.Integer: number, sa.BigInteger: number, sa.Float: 0.5, sa.Boolean: False}
    made |= {sa.LargeBinary: b"reply", sa.JSON: {"number": number}}
    return next(value for kind, value in made.items() if isinstance(column.type, kind))


async def write_all(store: Database, known: dict[str, list[str]], number: int) -> None:
    """Writes a row into each table, and changes it, by statements that name only the columns that are known."""
    for name, columns in known.items():
        table = tables.metadata.tables[name]
        row = {column: a_value(table.c[column], number) for column in columns}
        await insert(store, table, row)
        keys = [table.c[key.name] == row[key.name] for key in table.primary_key]
        async with store.writing.begin() as connection:
            changed = sa.update(table).where(*keys).values(row)
            assert (await connection.execute(changed)).rowcount == 1
            assert len((await connection.execute(sa.select(*(table.c[c] for c in columns)).where(*keys))).all()) == 1


async def test_the_release_before_works_on_while_and_after_the_schema_is_migrated(url: str) -> None:
    scripts = ScriptDirectory.from_config(alembic())
    newest = scripts.get_revision("head")
    assert newest is not None
    await asyncio.to_thread(upgrade, url, str(newest.down_revision))
    store = Database(url)
    async with store.look() as connection:
        known = await connection.run_sync(
            lambda sync: {
                name: [column["name"] for column in sa.inspect(sync).get_columns(name)]
                for name in sa.inspect(sync).get_table_names()
                if name in tables.metadata.tables
            }
        )
    await write_all(store, known, 1)
    await asyncio.to_thread(database.migrate, url)
    await write_all(store, known, 2)
    async with store.look() as connection:
        for name in known:
            assert len(await fetch_all(connection, sa.select(tables.metadata.tables[name]))) == 2
    await store.close()


async def test_sums_of_owners_begin_with_what_there_is(url: str) -> None:
    await asyncio.to_thread(upgrade, url, "0005")
    store = Database(url)
    known = [column for column in tables.runs.c if column.name != "bytes"]
    run = {column.name: a_value(column, 1) for column in known}
    run |= {"owner": "anna", "state": "succeeded", "manifest": {"size": 3}, "outputs": [{"size": 4}, {"size": 5}]}
    await insert(store, tables.runs, {**run, "seconds": 2.5, "wasted": 0.5, "ended_at": 7_200_000})
    picture = {**PICTURE, "background": "plain", "source": ARTIFACT, "cutout": ARTIFACT, "created_at": 1}
    await insert(store, tables.pictures, {**picture, "owner": "anna", "crop": ""})
    await asyncio.to_thread(database.migrate, url)
    async with store.look() as connection:
        (stored,) = await fetch_all(connection, sa.select(tables.stored_bytes))
        (hour,) = await fetch_all(connection, sa.select(tables.worker_hours))
        spent = await fetch_all(connection, sa.select(tables.worker_seconds))
    assert stored == {"owner": "anna", "bytes": 14}
    assert hour == {"owner": "anna", "hour": 2, "stage": "1", "runs": 1, "useful": 2.5, "wasted": 0.5}
    assert {(row["run_id"], row["kind"], row["seconds"]) for row in spent} == {
        ("1", "useful", 2.5),
        ("1", "wasted", 0.5),
    }
    await store.close()


async def test_a_schema_of_a_newer_release_is_left_alone(url: str) -> None:
    await asyncio.to_thread(database.migrate, url)
    store = Database(url)
    async with store.writing.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await asyncio.to_thread(database.migrate, url)
    async with store.look() as connection:
        assert (await connection.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
    await store.close()


async def test_who_migrates_waits_for_whoever_does_it_already(shared_postgres: PostgresServer) -> None:
    name = await shared_postgres.new_database()
    url = shared_postgres.url(name)
    store = Database(url)
    async with store.writing.connect() as connection:
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('popcon migrations', 0))"))
        second = asyncio.create_task(asyncio.to_thread(database.migrate, url))
        waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        await eventually(lambda: shared_postgres.execute(waiting))
        async with store.look() as looking:
            assert await looking.run_sync(lambda sync: sa.inspect(sync).get_table_names()) == []
    await second
    async with store.look() as looking:
        assert await looking.run_sync(lambda sync: sa.inspect(sync).has_table("runs"))
    await store.close()


async def test_a_table_that_is_in_use_is_migrated_as_soon_as_it_is_free(shared_postgres: PostgresServer) -> None:
    name = await shared_postgres.new_database()
    url = shared_postgres.url(name)
    await asyncio.to_thread(upgrade, url, "0003")
    store = Database(url)
    async with store.writing.begin() as connection:
        await connection.exec_driver_sql("SELECT * FROM runs")  # in the way of who changes the table
        migrating = asyncio.create_task(asyncio.to_thread(database.migrate, url))
        queue = "SELECT 1 FROM pg_locks WHERE relation = 'runs'::regclass AND NOT granted"
        await eventually(lambda: shared_postgres.execute(queue, name))

        async def gave_up() -> bool:
            return not await shared_postgres.execute(queue, name)

        await eventually(gave_up)
    await migrating
    async with store.look() as looking:
        columns = await looking.run_sync(lambda sync: sa.inspect(sync).get_columns("runs"))
    assert {"wasted", "dead_letter"} <= {column["name"] for column in columns}
    await store.close()
