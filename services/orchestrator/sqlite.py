"""SQLite for the writer: a connection that executes where it is called.

aiosqlite hands every call to a thread of its own, several times for each statement, and the way there and back takes
far longer than what a change does: reading and writing a few rows by key. So its statements run in the event loop, and
only what may wait goes to the thread: beginning, for the write lock, and committing, for the disk.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

import aiosqlite

_ROWS_AT_A_TIME = 64


class Direct(aiosqlite.Connection):
    """An `aiosqlite.Connection` whose statements wait for no thread."""

    def __init__(self, path: str) -> None:
        super().__init__(lambda: sqlite3.connect(path, check_same_thread=False), _ROWS_AT_A_TIME)
        self._thread.daemon = True  # a connection that nobody closed keeps no process alive

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._running and self._connection and not _may_wait(fn, args):
            return fn(*args, **kwargs)
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]


def _may_wait(fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    return fn.__name__ == "commit" or (bool(args) and str(args[0]).startswith(("BEGIN", "PRAGMA")))
