"""Databases of earlier releases: what they hold is all there after a migration, and is filled up."""

import asyncio
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from services.orchestrator import database, tables
from services.orchestrator.database import Database, fetch_all

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


def first_release(url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url)
    command.upgrade(config, "0001")


async def insert(store: Database, table: sa.Table, row: dict[str, Any]) -> None:
    async with store.writing.begin() as connection:
        await connection.execute(
            sa.insert(sa.table(table.name, *(table.c[name]._copy() for name in row))).values(**row)
        )


async def test_jobs_of_the_first_release_are_found_and_shown(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/popcon.db"
    await asyncio.to_thread(first_release, url)
    store = Database(url)
    picture = {**PICTURE, "background": "plain", "source": ARTIFACT, "cutout": ARTIFACT, "created_at": 1}
    await insert(store, tables.pictures, picture)
    await insert(store, tables.jobs, {**JOB, **TIMES, "deleted_at": None})
    await insert(store, tables.job_summaries, {**SUMMARY, **TIMES, "thumbnail": ARTIFACT})
    await asyncio.to_thread(database.migrate, url)
    async with store.look() as connection:
        (kept,) = await fetch_all(connection, sa.select(tables.pictures))
        (card,) = await fetch_all(connection, sa.select(tables.job_summaries))
    assert kept == {**picture, "crop": "", "thumbnail": None}
    assert (card["picture_id"], card["folded"], card["thumbnail"]) == ("pic_1", "élan", ARTIFACT)
    await store.close()
