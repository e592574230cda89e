"""What a change works on: an open transaction, and one locked job in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction

from services.orchestrator import database, writes
from services.orchestrator.ahead import Ahead
from services.orchestrator.database import Row


class Spoiled(Exception):
    """The transaction cannot go on, from what its cause says: a change failed in the database where no savepoint undoes
    it, or by what another one wrote."""


class Spent(NamedTuple):
    """Worker seconds that were counted. `kind`: useful or wasted. `at`: when they ended."""

    owner: str
    stage: str
    kind: str
    seconds: float
    at: int


@dataclass
class Tx:
    """An open transaction. `now`: milliseconds by the database's clock. `ahead`: rows that were read for its changes.
    `changed`: jobs that are closed at its end, by id. Told after the commit: `woken`, jobs whose watchers must know,
    with their highest event number, and `queued`, whether the outbox may have something new. Added up at the end:
    `spent`, seconds of workers' time, and `stored`, owners and bytes that they have more.

    Rows that are inserted or updated by their key wait until something is read or the transaction ends.
    """

    connection: AsyncConnection
    now: int
    ahead: Ahead = field(default_factory=Ahead)
    changed: dict[str, "JobChange"] = field(default_factory=dict)
    woken: dict[str, int] = field(default_factory=dict)
    queued: bool = False
    spent: list[Spent] = field(default_factory=list)
    stored: list[tuple[str, int]] = field(default_factory=list)
    _waiting: list[writes.Write] = field(default_factory=list)
    _own: int | None = None  # where the present change's writes begin
    _savepoint: AsyncTransaction | None = None

    @asynccontextmanager
    async def change(self) -> AsyncIterator[None]:
        """A change in here is whole or not at all: when it raises, everything that it wrote is undone. Raises `Spoiled`
        where that cannot be."""
        jobs = [(job, len(job.events)) for job in self.changed.values()]
        self._own, counted, stored = len(self._waiting), len(self.spent), len(self.stored)
        try:
            yield
        except BaseException as error:
            del self._waiting[self._own :]
            del self.spent[counted:]
            del self.stored[stored:]
            if self._savepoint is not None:
                await self._savepoint.rollback()
            elif isinstance(error, SQLAlchemyError):
                raise Spoiled from error
            self._go_back(jobs)
            self.ahead = Ahead()
            raise
        else:
            if self._savepoint is not None:
                await self._savepoint.commit()
        finally:
            self._own = self._savepoint = None

    def _go_back(self, jobs: list[tuple["JobChange", int]]) -> None:
        self.changed = {job.id: job for job, _ in jobs}
        for job, events in jobs:
            del job.events[events:]

    async def all(self, query: sa.Select[Any]) -> list[Row]:
        """The rows of a query."""
        await self.settle()
        return await database.fetch_all(self.connection, query)

    async def one(self, query: sa.Select[Any]) -> Row | None:
        """The row of a query that has one or none."""
        await self.settle()
        return await database.fetch_one(self.connection, query)

    async def locked(self, query: sa.Select[Any]) -> Row | None:
        """The row of a query that waits for a lock. Should the lock not come, that undoes nothing of other changes."""
        await self.settle()
        await self._protect()
        return await database.fetch_one(self.connection, query)

    async def lock(self, name: str) -> None:
        """Lets nobody else past here who locks the same name, to the end of the transaction."""
        await self.settle()
        await self._protect()
        await database.lock(self.connection, name)

    async def write(self, statement: sa.Update | sa.Delete) -> int:
        """Executes a change; answers how many rows it touched."""
        await self.settle()
        await self._protect()
        return (await self.connection.execute(statement)).rowcount

    def insert(self, table: sa.Table, values: Row) -> None:
        """Has a new row written."""
        self._waiting.append(writes.insert(table, values))

    def update(self, table: sa.Table, key: str, values: Row, version: int | None = None) -> None:
        """Has columns of the row with a key set. Where a `version` is named and the row has another by then, the
        transaction fails with `StaleVersion`."""
        self._waiting.append(writes.Write(table, (key,), values, new=False, version=version))

    async def settle(self) -> None:
        """Executes the writes that wait, a change's own under its savepoint."""
        begin = len(self._waiting) if self._own is None else self._own
        earlier, own = self._waiting[:begin], self._waiting[begin:]
        self._waiting.clear()
        if self._own is not None:
            self._own = 0
        if earlier:
            await self._execute_earlier(earlier)
        if own:
            await self._protect()
            await writes.execute(self.connection, own)

    async def _execute_earlier(self, earlier: list[writes.Write]) -> None:
        try:
            await writes.execute(self.connection, earlier)
        except Exception as error:
            if self._own is None:
                raise
            raise Spoiled from error  # it is not the present change that failed

    async def _protect(self) -> None:
        """What changed nothing needs no savepoint, so that it costs nothing."""
        if self._own is not None and self._savepoint is None:
            self._savepoint = await self.connection.begin_nested()


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
