"""Writes that wait, so that many are handed to the database at once.

A round trip costs far more than a row. Rows for the same statement go together, in an order in which every row sees its
own writes one after the other.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from popcon import errors
from services.orchestrator.database import Row, fetch_all, padded

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Write:
    """A new row, or new values of some columns of a row. `key`: its primary key. `version`: which an update of it must
    still find; its values bring the next."""

    table: sa.Table
    key: Key
    values: Row
    new: bool
    version: int | None = None

    @property
    def kind(self) -> Key:
        """Writes of one kind are one statement."""
        return self.table.name, self.new, self.version is not None, *sorted(self.values)


def insert(table: sa.Table, values: Row) -> Write:
    """A new row of a table."""
    return Write(table, tuple(values[column.name] for column in table.primary_key), values, new=True)


def batches(writes: Sequence[Write]) -> list[list[Write]]:
    """The writes by statement. Executed in this order they leave what they leave one by one."""
    found: list[list[Write]] = []
    newest: dict[Key, int] = {}
    written: dict[Key, int] = {}
    for write in writes:
        row = (write.table.name, write.key)
        at = newest.get(write.kind, -1)
        if at < written.get(row, 0):
            at = newest[write.kind] = len(found)
            found.append([])
        found[at].append(write)
        written[row] = at
    return found


async def execute(connection: AsyncConnection, writes: Sequence[Write]) -> None:
    """Executes writes. Raises `StaleVersion` when a row had another version than its write was to find."""
    for batch in batches(writes):
        first = batch[0]
        statement = _insert(first.table) if first.new else _update(first.table, first.version is not None)
        await connection.execute(statement, [_parameters(write) for write in batch])
        if first.version is not None:
            await _check(connection, batch)


async def _check(connection: AsyncConnection, batch: Sequence[Write]) -> None:
    """Whether each update found its row: drivers do not count for many at once."""
    table = batch[0].table
    expected = {write.key[0]: write.values["version"] for write in batch}
    query = sa.select(table.c.id, table.c.version).where(table.c.id.in_(padded(list(expected))))
    found = {row["id"]: row["version"] for row in await fetch_all(connection, query)}
    if found != expected:
        raise errors.StaleVersion("It was changed by somebody else at the same moment; look at it again.")


def _parameters(write: Write) -> Row:
    if write.new:
        return write.values
    at = {"at_key": write.key[0]}
    return {**at, **write.values} if write.version is None else {**at, "at_version": write.version, **write.values}


# Columns handed over as parameters of a statement that is always the same take a third of the time that it takes to
# build one with them.


@functools.cache
def _insert(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


@functools.cache
def _update(table: sa.Table, versioned: bool) -> sa.Update:
    (key,) = table.primary_key
    statement = sa.update(table).where(key == sa.bindparam("at_key"))
    return statement.where(table.c.version == sa.bindparam("at_version")) if versioned else statement
