"""What a change works on: an open transaction, and one locked job in it."""

import functools
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orchestrator import database
from services.orchestrator.ahead import Ahead
from services.orchestrator.database import Row

_Mark = tuple[int, list[tuple["JobChange", int]]]


@dataclass
class Tx:
    """An open transaction. `now`: milliseconds by the database's clock. `ahead`: rows that were read for its changes.

    What its end still has to write: `changed`, jobs that are closed then, by id; `outbox`, rows of that table. What is
    told after the commit: `woken`, jobs whose watchers must know, with their highest event number.
    """

    connection: AsyncConnection
    now: int
    ahead: Ahead = field(default_factory=Ahead)
    changed: dict[str, "JobChange"] = field(default_factory=dict)
    outbox: list[Row] = field(default_factory=list)
    woken: dict[str, int] = field(default_factory=dict)

    def mark(self) -> _Mark:
        """Where its end stands, for `back_to`."""
        return len(self.outbox), [(job, len(job.events)) for job in self.changed.values()]

    def back_to(self, mark: _Mark) -> None:
        """A change since `mark` was undone by its savepoint: its end forgets what came of it."""
        outbox, jobs = mark
        del self.outbox[outbox:]
        self.changed = {job.id: job for job, _ in jobs}
        for job, events in jobs:
            del job.events[events:]

    async def all(self, query: sa.Select[Any]) -> list[Row]:
        """The rows of a query."""
        return await database.fetch_all(self.connection, query)

    async def one(self, query: sa.Select[Any]) -> Row | None:
        """The row of a query that has one or none."""
        return await database.fetch_one(self.connection, query)

    async def write(self, statement: sa.Insert | sa.Update | sa.Delete) -> int:
        """Executes a change; answers how many rows it touched."""
        return (await self.connection.execute(statement)).rowcount

    # Columns handed over as parameters of a statement that is always the same take a third of the time that it takes
    # to build one with them.

    async def insert(self, table: sa.Table, values: Row) -> None:
        """Writes a new row."""
        await self.connection.execute(_insert(table), values)

    async def update(self, table: sa.Table, row_id: str, values: Row, version: int | None = None) -> int:
        """Sets columns of the row with an id, where it still has the `version` that is named; answers 1, or 0 where
        there is no such row."""
        about = {"at_id": row_id, **values} if version is None else {"at_id": row_id, "at_version": version, **values}
        return (await self.connection.execute(_update(table, version is not None), about)).rowcount


@functools.cache
def _insert(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


@functools.cache
def _update(table: sa.Table, versioned: bool) -> sa.Update:
    statement = sa.update(table).where(table.c.id == sa.bindparam("at_id"))
    return statement.where(table.c.version == sa.bindparam("at_version")) if versioned else statement


@dataclass
class JobChange:
    """A locked job; `row` is its row as it was when the change began. `retry_sets`: a person asked, so that sets that
    failed are made again."""

    tx: Tx
    row: Row
    events: list[Row] = field(default_factory=list)
    retry_sets: bool = False

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def owner(self) -> str:
        return str(self.row["owner"])

    def event(
        self,
        kind: str,
        *,
        action_id: str = "",
        stage: str = "",
        target: str = "",
        run: int = 0,
        data: Row | None = None,
    ) -> None:
        """Records that something happened; it is numbered when the change closes."""
        about = {"type": kind, "action_id": action_id, "stage": stage, "target": target, "run": run}
        self.events.append({**about, "data": data or {}})
