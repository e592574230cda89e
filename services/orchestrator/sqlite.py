"""SQLite: its engines, and a connection for the writer that executes where it is called.

aiosqlite hands every call to a thread of its own, several times for each statement, and the way there and back takes
far longer than what a change does: reading and writing a few rows by key. So its statements run in the event loop, and
only what may wait goes to the thread: beginning, for the write lock, and committing, for the disk.

SQLite has one writer at a time, so a change takes the lock when its transaction begins instead of failing later;
look-ups never wait for it (WAL), and may take long, so they have threads.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_ROWS_AT_A_TIME = 64


def writing(url: sa.URL) -> AsyncEngine:
    """For changes."""
    path = url.database or ""
    return _configured(create_async_engine(url, async_creator=lambda: Direct(path)), "BEGIN IMMEDIATE")


def reading(url: sa.URL) -> AsyncEngine:
    """For look-ups."""
    return _configured(create_async_engine(url), "BEGIN")


class Direct(aiosqlite.Connection):
    """An `aiosqlite.Connection` whose statements wait for no thread.

    A caller that was cancelled leaves its commit behind in the thread. Until that is over everything else goes there,
    too, and so comes after it: two threads in one connection of SQLite's are a crash.
    """

    def __init__(self, path: str) -> None:
        super().__init__(lambda: sqlite3.connect(path, check_same_thread=False), _ROWS_AT_A_TIME)
        self._thread.daemon = True  # a connection that nobody closed keeps no process alive
        self._handed = self._done = 0  # calls for the thread: counted by the loop, and by the thread

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        idle = self._handed == self._done
        if self._running and self._connection and idle and not _may_wait(fn, args):
            return fn(*args, **kwargs)
        self._handed += 1
        return await super()._execute(self._in_thread, fn, *args, **kwargs)  # type: ignore[no-untyped-call]

    def _in_thread(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return fn(*args, **kwargs)
        finally:
            self._done += 1


def _may_wait(fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    return fn.__name__ == "commit" or (bool(args) and str(args[0]).startswith(("BEGIN", "PRAGMA")))


def _configured(engine: AsyncEngine, begin: str) -> AsyncEngine:
    sa.event.listen(engine.sync_engine, "connect", _configure)
    sa.event.listen(engine.sync_engine, "begin", _begin_with(begin))
    return engine


def _begin_with(statement: str) -> Callable[[sa.Connection], None]:
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin


def _configure(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: we do, so that savepoints and the write lock are ours.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
