"""PostgreSQL: engines on which every wait ends, and what its errors mean.

A wait ends at the server (statement, lock, idle transaction) and, where the server itself fell silent, here. The
isolation of changes is READ COMMITTED: they lock the job that they change. Look-ups see one moment and write nothing.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

WRITERS = 5
"""Connections for changes: one for groups, the others for changes that are applied by themselves."""

READERS = 8
"""Connections for look-ups. With `WRITERS` well under a hundred, PostgreSQL's own limit, for several orchestrators."""

_CONNECT_S = 5
_ANSWER_S = 15  # longer than any statement may take: the server is gone, or the network
_POOL_S = 5
_STATEMENTS = 500  # kept prepared per connection; a list of ids is another statement for each length

_SETTINGS = {
    "application_name": "popcon-orchestrator",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    # An orchestrator that is frozen in a transaction holds its locks no longer than this.
    "idle_in_transaction_session_timeout": "10s",
    "default_transaction_isolation": "read committed",
    "jit": "off",  # the statements are short; compiling them takes longer than they do
}
_LOOKING = {"default_transaction_isolation": "repeatable read", "default_transaction_read_only": "on"}
_MIGRATING = {"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0"}


def writing(url: sa.URL) -> AsyncEngine:
    """For changes."""
    return _pooled(url, WRITERS, _SETTINGS)


def reading(url: sa.URL) -> AsyncEngine:
    """For look-ups."""
    return _pooled(url, READERS, {**_SETTINGS, **_LOOKING})


def migrating(url: sa.URL) -> AsyncEngine:
    """For one connection that may take as long as it takes."""
    arguments = {**_arguments(url, {**_SETTINGS, **_MIGRATING}), "command_timeout": None}
    return create_async_engine(_DIALECT, connect_args=arguments, poolclass=NullPool)


def is_lost(error: BaseException) -> bool:
    """Whether the connection went away: what was asked last may have happened, or not."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError)
    return error.connection_invalidated or _state(error).startswith(("08", "57P", "25P03"))


def may_pass(error: BaseException) -> bool:
    """Whether the same transaction may well succeed when it is tried again: another stood in its way (a lock that did
    not come, a deadlock, the same row), or a statement was prepared before the schema changed."""
    return isinstance(error, DBAPIError) and _state(error) in ("55P03", "40P01", "40001", "23505", "0A000")


def does_not_fit(error: BaseException) -> bool:
    """Whether a value is one that PostgreSQL cannot keep: too long, too large, or with a zero character in it."""
    if not isinstance(error, DBAPIError):
        return False
    return _state(error).startswith("22") or isinstance(_drivers(error), ValueError)


def _state(error: DBAPIError) -> str:
    return getattr(_drivers(error), "sqlstate", None) or ""


def _drivers(error: DBAPIError) -> BaseException | None:
    return error.orig.__cause__ if error.orig is not None else None


# The driver reads the URL by itself, so that it means what it means to all of PostgreSQL's programs (sslmode and so on)
# and stands in no engine that might be shown.
_DIALECT = "postgresql+asyncpg://"


def _pooled(url: sa.URL, size: int, settings: dict[str, str]) -> AsyncEngine:
    pool = {"pool_size": size, "max_overflow": 0, "pool_timeout": _POOL_S}
    found = create_async_engine(_DIALECT, connect_args=_arguments(url, settings), hide_parameters=True, **pool)
    sa.event.listen(found.sync_engine, "checkout", _replace_closed)
    return found


def _arguments(url: sa.URL, settings: dict[str, str]) -> dict[str, Any]:
    return {
        "dsn": url.set(drivername="postgresql").render_as_string(hide_password=False),
        "timeout": _CONNECT_S,
        "command_timeout": _ANSWER_S,
        "prepared_statement_cache_size": _STATEMENTS,
        "server_settings": settings,
    }


def _replace_closed(_connection: object, record: Any, _proxy: object) -> None:
    # Costs nothing, where asking the server first (pool_pre_ping) is three round trips per transaction: the event loop
    # hears of it when a server goes.
    if record.driver_connection.is_closed():
        raise DisconnectionError("the server closed the connection")
