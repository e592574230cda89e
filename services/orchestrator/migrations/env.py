"""Alembic's entry: applies migrations to the database that `database.migrate` names."""

import asyncio
import random

import sqlalchemy as sa
from alembic import context
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from popcon.telemetry import log
from services.orchestrator import database, postgres
from services.orchestrator.tables import metadata

_TRIES = 10


def _migrate(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('popcon migrations', 0))"))
        # Whoever waits for a table's lock makes everybody after it wait: it gives up soon and tries again.
        connection.execute(sa.text("SET LOCAL lock_timeout = '500ms'"))
    known = {script.revision for script in ScriptDirectory.from_config(context.config).walk_revisions()}
    if newer := set(MigrationContext.configure(connection).get_current_heads()) - known:
        # Releases only add to the schema, so that the one before can go on with it, and be gone back to.
        log.warning("the schema is of a newer release", revision=min(newer))
        return
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def _try(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
        await connection.commit()


async def _main() -> None:
    engine = database.open_for_migrations(context.config.get_main_option("sqlalchemy.url") or "")
    try:
        for left in reversed(range(_TRIES)):
            try:
                return await _try(engine)
            except DBAPIError as error:
                if not left or not postgres.may_pass(error):
                    raise
            await asyncio.sleep(random.uniform(0.1, 1.0))  # noqa: S311 - jitter
    finally:
        await engine.dispose()


asyncio.run(_main())
