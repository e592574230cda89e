"""The database: engines for SQLite and PostgreSQL, its clock, and its migrations."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from popcon import errors
from popcon.telemetry import log
from services.orchestrator.sqlite import Direct

Row = dict[str, Any]


class Database:
    """Two engines on one database: changes go through `writing`, look-ups through `reading`.

    SQLite has one writer at a time, so `writing` takes the lock when a transaction begins instead of failing later;
    `reading` never waits for it (WAL), and may take long, so it has threads.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        if url.startswith("sqlite"):
            path = sa.make_url(url).database or ""
            writing = create_async_engine(url, async_creator=lambda: Direct(path))
            self.writing = _sqlite(writing, "BEGIN IMMEDIATE")
            self.reading = _sqlite(create_async_engine(url), "BEGIN")
        else:
            self.writing = self.reading = create_async_engine(url, pool_pre_ping=True)

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """A connection for look-ups that see one moment. Raises `Unavailable` when the database does not answer."""
        with answering():
            async with self.reading.begin() as connection:
                yield connection

    async def close(self) -> None:
        await self.writing.dispose()
        await self.reading.dispose()


@contextmanager
def answering() -> Iterator[None]:
    """Translates what a database that is away, full or at odds with us raises into `Unavailable`."""
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.exception("the database does not answer")
        raise errors.Unavailable(
            f"The state store does not answer ({type(error).__name__}); try again in a moment."
        ) from error


def migrate(url: str) -> None:
    """Brings the schema up to date. Doing it again changes nothing."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")


async def fetch_all(connection: AsyncConnection, query: sa.Select[Any]) -> list[Row]:
    """The rows of a query."""
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def fetch_one(connection: AsyncConnection, query: sa.Select[Any]) -> Row | None:
    """The row of a query that has one or none."""
    row = (await connection.execute(query)).mappings().one_or_none()
    return dict(row) if row is not None else None


async def now_ms(connection: AsyncConnection) -> int:
    """The database's time: the only clock that leases, deadlines and delays go by."""
    return int((await connection.execute(_NOW[connection.dialect.name])).scalar_one())


_NOW = {
    "sqlite": sa.text("SELECT CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)"),
    "postgresql": sa.text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"),
}


def _sqlite(engine: AsyncEngine, begin: str) -> AsyncEngine:
    sa.event.listen(engine.sync_engine, "connect", _configure_sqlite)
    sa.event.listen(engine.sync_engine, "begin", _begin_with(begin))
    return engine


def _begin_with(statement: str) -> Callable[[sa.Connection], None]:
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin


def _configure_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: we do, so that savepoints and the write lock are ours.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
