"""The database: SQLite or PostgreSQL by its URL, its clock, what its errors become, and its migrations."""

import importlib.util
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from popcon import errors
from popcon.telemetry import log
from services.orchestrator import postgres, sqlite

Row = dict[str, Any]
T = TypeVar("T")

_SQLITE = ("sqlite", "sqlite+aiosqlite")
_POSTGRES = ("postgresql", "postgres", "postgresql+asyncpg")


class Database:
    """Two engines on one database: changes go through `writing`, as many at a time as `writers` says, look-ups through
    `reading`. Raises `InvalidRequest` for a URL that names no database."""

    def __init__(self, url: str) -> None:
        found = parse_url(url)
        kind = sqlite if _is_sqlite(found) else postgres
        self.writing = kind.writing(found)
        self.reading = kind.reading(found)
        self.writers = 1 if _is_sqlite(found) else postgres.WRITERS

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """A connection for look-ups that see one moment. Raises `Unavailable` when the database does not answer."""
        with answering():
            async with self.reading.begin() as connection:
                yield connection

    async def close(self) -> None:
        await self.writing.dispose()
        await self.reading.dispose()


def parse_url(text: str) -> sa.URL:
    """A URL that names a database. Raises `InvalidRequest`, which does not repeat it: there may be a password in it."""
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):
        url = sa.make_url("unreadable://")
    if _is_sqlite(url) and url.database:
        return url.set(drivername="sqlite+aiosqlite")
    if url.drivername not in _POSTGRES or not url.database:
        raise errors.InvalidRequest(
            "The URL names no database: give sqlite+aiosqlite:////folder/popcon.db or "
            "postgresql://user:password@host:5432/popcon, with special characters of the password as %XX.",
            field="database_url",
        )
    if importlib.util.find_spec("asyncpg") is None:
        raise errors.InvalidRequest(
            "PostgreSQL needs its driver: install popcon with the extra postgres.", field="database_url"
        )
    return url


def open_for_migrations(url: str) -> AsyncEngine:
    """An engine whose statements may take as long as they take."""
    found = parse_url(url)
    return create_async_engine(found) if _is_sqlite(found) else postgres.migrating(found)


def _is_sqlite(url: sa.URL) -> bool:
    return url.drivername in _SQLITE


@contextmanager
def answering() -> Iterator[None]:
    """Translates what a database raises that is away, full or at odds with us."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise translated(error) from error


def translated(error: Exception) -> errors.PopconError:
    """What the caller is told of a database's error: `Unavailable`, or `InvalidRequest` where a value is to blame."""
    if postgres.does_not_fit(error):
        return errors.InvalidRequest("A value cannot be kept: it is too long, too large, or has a zero character.")
    # Where it is away, where in our code that was noticed tells nobody anything.
    reason = str(error).partition("\n")[0]
    log.error("the database does not answer", reason=reason, exc_info=None if postgres.is_lost(error) else error)
    return errors.Unavailable(f"The state store does not answer ({type(error).__name__}); try again in a moment.")


def migrate(url: str) -> None:
    """Brings the schema up to date. Doing it again changes nothing, and any number may do it at once."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    with answering():
        command.upgrade(config, "head")


def padded(items: Sequence[T]) -> list[T]:
    """The same items, the last repeated until there are 1, 2, 4, 8… of them (none stay none): a list of another length
    is another statement, which a database prepares anew."""
    if not items:
        return []
    return [*items, *[items[-1]] * ((1 << (len(items) - 1).bit_length()) - len(items))]


async def fetch_all(connection: AsyncConnection, query: sa.Select[Any]) -> list[Row]:
    """The rows of a query."""
    result = await connection.execute(query)
    names = tuple(result.keys())  # asking each row for its own costs more than the row
    return [dict(zip(names, row, strict=True)) for row in result]


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
_NOW_AND_WAIT = sa.text(f"{_NOW['postgresql'].text}, set_config('lock_timeout', :wait, true)")


async def begin(connection: AsyncConnection, lock_ms: int) -> int:
    """The database's time at the beginning of a change that waits for no lock longer than `lock_ms`. On SQLite it has
    the only lock already."""
    if connection.dialect.name == "sqlite":
        return await now_ms(connection)
    return int((await connection.execute(_NOW_AND_WAIT, {"wait": f"{lock_ms}ms"})).scalar_one())


async def lock(connection: AsyncConnection, name: str) -> None:
    """Lets nobody else past here who locks the same name, to the end of the transaction."""
    if connection.dialect.name != "sqlite":
        await connection.execute(_LOCK, {"name": name})


_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
