"""What a change works on: an open transaction, and one locked job in it."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orchestrator import database
from services.orchestrator.database import Row


@dataclass
class Tx:
    """An open transaction. `now`: milliseconds by the database's clock. `woken`: jobs whose watchers must be told, with
    their highest event number. `queued`: whether the outbox has something new."""

    connection: AsyncConnection
    now: int
    woken: dict[str, int] = field(default_factory=dict)
    queued: bool = False

    async def all(self, query: sa.Select[Any]) -> list[Row]:
        """The rows of a query."""
        return await database.fetch_all(self.connection, query)

    async def one(self, query: sa.Select[Any]) -> Row | None:
        """The row of a query that has one or none."""
        return await database.fetch_one(self.connection, query)

    async def write(self, statement: sa.Insert | sa.Update | sa.Delete) -> int:
        """Executes a change; answers how many rows it touched."""
        return (await self.connection.execute(statement)).rowcount

    async def alone(self, name: str) -> None:
        """Waits for other transactions that hold `name` and holds it to the end of this one: for things that have no
        row to lock. SQLite has one writer at a time anyway."""
        if self.connection.dialect.name == "postgresql":
            key = sa.func.hashtextextended(name, 0)
            await self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


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
