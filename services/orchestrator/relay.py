"""The outbox relay: publishes what is due, and marks it once the stream holds it.

Killed between the two it publishes again under the same message id, which the stream holds once; a worker that gets a
task twice learns at its claim that there is nothing to do. It always looks for what is unpublished, never for what is
newer than a mark: transactions commit out of order. The backlog in JetStream is kept short, so that order stays ours.
"""

import asyncio
import contextlib
from collections import Counter

import sqlalchemy as sa

from popcon import errors, telemetry
from popcon.bus import Bus
from popcon.telemetry import log
from popcon.v1 import common_pb2, tasks_pb2
from services.orchestrator import tables
from services.orchestrator.database import Database, Row, fetch_all, now_ms
from services.orchestrator.tx import Tx
from services.orchestrator.writer import Writer

POLL_S = 0.5


class Relay:
    """`wake` says that there is something new; `run` is the task that publishes."""

    def __init__(self, database: Database, writer: Writer, bus: Bus, backlog: int) -> None:
        self._database = database
        self._writer = writer
        self._bus = bus
        self._backlog = backlog
        self._new = asyncio.Event()

    def wake(self) -> None:
        """Publish now rather than at the next poll."""
        self._new.set()

    async def run(self) -> None:
        """Publishes for ever."""
        while True:
            try:
                more = await self.publish_due()
            except errors.PopconError as error:
                log.warning("outbox waits", reason=error.message)
                more = False
                await asyncio.sleep(POLL_S)
            except Exception:  # whatever it is, other tasks still have to go out
                log.exception("outbox waits")
                more = False
                await asyncio.sleep(POLL_S)
            if not more:
                await self._wait()

    async def publish_due(self) -> bool:
        """Publishes one batch; answers whether there may be more."""
        rows = await self._due()
        if not rows:
            return False
        results = await asyncio.gather(*(self._publish(row) for row in rows), return_exceptions=True)
        done = [(row, seq) for row, seq in zip(rows, results, strict=True) if isinstance(seq, int)]
        if done:
            await self._writer.apply(lambda tx: _mark(tx, done))
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return True

    async def _due(self) -> list[Row]:
        """Due rows, oldest first: as many per stage and lane as its backlog has room for, and those of runs that no
        longer wait."""
        runs, outbox = tables.runs, tables.outbox
        waiting = sa.and_(runs.c.state == "queued", runs.c.published_at.is_not(None))
        counted = sa.select(runs.c.stage, runs.c.lane, sa.func.count().label("waiting")).where(waiting)
        wanted = [*outbox.c, *(runs.c[name] for name in ("job_id", "action_id", "stage", "lane", "state"))]
        # Counted per stage and lane, so that many tasks of one cannot hide the few of another.
        line = (runs.c.stage, runs.c.lane, runs.c.state)
        place = sa.func.row_number().over(partition_by=line, order_by=outbox.c.id).label("place")
        async with self._database.look() as connection:
            now = await now_ms(connection)
            unsent = (outbox.c.published_at.is_(None), outbox.c.not_before <= now)
            due = sa.select(*wanted, place).join(runs, runs.c.id == outbox.c.run_id).where(*unsent).subquery()
            first = sa.select(due).where(due.c.place <= self._backlog)
            rows = await fetch_all(connection, first.order_by(due.c.id))
            if not rows:
                return []
            counts = await fetch_all(connection, counted.group_by(runs.c.stage, runs.c.lane))
        room = Counter({(row["stage"], row["lane"]): self._backlog - row["waiting"] for row in counts})
        return [row for row in rows if row["state"] != "queued" or _take_room(room, row, self._backlog)]

    async def _publish(self, row: Row) -> int:
        if row["state"] != "queued":
            return 0  # superseded before it was published: nothing to tell anybody
        task = tasks_pb2.Task(
            schema=1,
            run_id=row["run_id"],
            job_id=row["job_id"],
            action_id=row["action_id"],
            stage=f"STAGE_{row['stage'].upper()}",
            lane=common_pb2.Lane.Value(f"LANE_{row['lane'].upper()}"),  # type: ignore[arg-type]
        )
        with telemetry.span("publish", row["headers"]):
            return await self._bus.publish_task(task, row["id"], row["headers"])

    async def _wait(self) -> None:
        # Not wait_for: before Python 3.12 it forgets that it was cancelled when the event comes at the same moment.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._new.wait()
        self._new.clear()


def _take_room(room: Counter[tuple[str, str]], row: Row, backlog: int) -> bool:
    key = (row["stage"], row["lane"])
    left = room.get(key, backlog)
    room[key] = left - 1
    return left > 0


async def _mark(tx: Tx, done: list[tuple[Row, int]]) -> None:
    outbox, runs = tables.outbox, tables.runs
    published = [row["id"] for row, _ in done]
    await tx.write(sa.update(outbox).where(outbox.c.id.in_(published)).values(published_at=tx.now))
    for row, seq in done:
        waiting = (runs.c.id == row["run_id"], runs.c.state == "queued")
        await tx.write(sa.update(runs).where(*waiting).values(published_at=tx.now, stream_seq=seq))
