"""Compares what SQL says with what is: leases that ran out, deadlines that passed, tasks that the stream lost.

SQL is the truth and the stream only a way to wake workers, so whatever is missing there is published again: JetStream
may be wiped and every job still ends.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from functools import partial

import sqlalchemy as sa
from prometheus_client import Counter as Metric

from popcon import errors
from popcon.bus import Bus
from popcon.telemetry import log
from services.orchestrator import clock, dead_letters, outbox, replies, runs, tables
from services.orchestrator.change import change_of_run
from services.orchestrator.database import Database, Row, fetch_all, now_ms
from services.orchestrator.tx import Tx
from services.orchestrator.writer import Writer

SETTLING_MS = 3_000
"""A task this young may be on its way between stream and worker."""

LONG_MS = 60_000
"""Whether the stream still holds the task of a run that nobody claimed for so long is asked one by one."""

PUBLISHED_KEPT_MS = 3_600_000

_LOST = Metric("popcon_runs_reconciled_total", "Runs that the reconciler moved", ["why"])


class Reconciler:
    """`run` looks every `every_s` seconds."""

    def __init__(
        self, database: Database, writer: Writer, bus: Bus, every_s: float, grace_s: float, timing: runs.Timing
    ) -> None:
        self._database = database
        self._writer = writer
        self._bus = bus
        self._every_s = every_s
        self._grace_s = grace_s
        self._timing = timing
        self._unheard_s = max(grace_s / 2, 1.0)  # whoever is alive is heard sooner
        self._leaps = clock.Leaps(self._unheard_s)

    async def run(self) -> None:
        """Reconciles for ever."""
        # Workers that held leases while no orchestrator ran get one lease to be heard again.
        own = asyncio.get_running_loop().time
        leases_from = own() + self._grace_s
        while True:
            late = own() + self._every_s + self._unheard_s
            await asyncio.sleep(self._every_s)
            now = await self._time()
            if now is None or own() > late:  # workers could not be heard, or the clock was set
                leases_from = own() + self._grace_s
            elif own() >= leases_from:
                await _carry_on(self._end_leases(now))
            await _carry_on(self._writer.apply(partial(clock.bring_near, timing=self._timing)))
            await _carry_on(self.publish_lost())
            await _carry_on(self._writer.apply(prune))
            await _carry_on(dead_letters.measure(self._database))

    async def end_leases(self) -> None:
        """Takes runs from workers that fell silent or ran out of time."""
        async with self._database.look() as connection:
            now = await now_ms(connection)
        await self._end_leases(now)

    async def _end_leases(self, now: int) -> None:
        held = tables.runs
        async with self._database.look() as connection:
            over = sa.select(held.c.id, held.c.job_id).where(held.c.state == "running", held.c.lease_until <= now)
            rows = await fetch_all(connection, over.limit(100))
        for row in rows:
            await _carry_on(self._writer.apply(partial(_end_lease, row)))

    async def _time(self) -> int | None:
        """The database's time; None when no lease may be judged by it: it was set, or we heard nobody meanwhile."""
        own = asyncio.get_running_loop().time
        try:
            async with self._database.look() as connection:
                asked, now, answered = own(), await now_ms(connection), own()
        except errors.Unavailable:
            return None
        if answered - asked > self._unheard_s / 2:
            return None  # so slow an answer would look like a leap
        leap_ms = self._leaps.leapt_ms(now, answered)
        if leap_ms:
            log.warning("the clock was set; leases are given time", by_s=leap_ms / 1000)
        if leap_ms > 0:
            await _carry_on(self._writer.apply(partial(clock.put_off, timing=self._timing, leap_ms=leap_ms)))
        return None if leap_ms else now

    async def publish_lost(self) -> None:
        """Publishes again what the stream should hold and does not."""
        held = tables.runs
        async with self._database.look() as connection:
            now = await now_ms(connection)
            settled = (held.c.published_at < now - SETTLING_MS, held.c.stream_seq.is_not(None))
            waiting = (held.c.state == "queued", *settled)
            rows = await fetch_all(
                connection, sa.select(*(held.c[name] for name in _WAITING)).where(*waiting).limit(1000)
            )
        doubtful = _doubtful(rows, await self._in_stream(), now)
        lost = [row for row in doubtful if not await self._bus.holds(row["stream_seq"], row["id"])]
        if lost and (moved := await self._writer.apply(lambda tx: _publish_again(tx, lost))):
            log.warning("tasks lost by the stream are published again", runs=moved)
            _LOST.labels("task_lost").inc(moved)

    async def _in_stream(self) -> dict[tuple[str, str], int]:
        try:
            return await self._bus.pending()
        except errors.NotFound:
            log.warning("the task stream is gone, or a consumer of it; setting them up again")
            await self._bus.provision()
            return await self._bus.pending()


async def _carry_on(work: Awaitable[None]) -> None:
    """Awaits a part of a round; whatever goes wrong in it, the rest still has to be looked at."""
    try:
        await work
    except errors.PopconError as error:
        log.warning("reconciler waits", reason=error.message)
    except Exception:
        log.exception("reconciler stumbled")


_WAITING = ("id", "owner", "stage", "lane", "published_at", "stream_seq")


def _doubtful(rows: list[Row], in_stream: dict[tuple[str, str], int], now: int) -> list[Row]:
    """The waiting runs of every (stage, lane) of which the stream holds fewer, and those that wait for long."""
    expected = Counter((row["stage"], row["lane"]) for row in rows)
    short = {key for key, count in expected.items() if in_stream.get(key, 0) < count}
    return [row for row in rows if (row["stage"], row["lane"]) in short or row["published_at"] < now - LONG_MS]


async def _end_lease(row: Row, tx: Tx) -> None:
    async with change_of_run(tx, row["job_id"]) as job:
        run = (await tx.all(sa.select(tables.runs).where(tables.runs.c.id == row["id"])))[0]
        if run["state"] != "running" or run["lease_until"] > tx.now:
            return
        late = run["deadline_at"] <= tx.now
        _LOST.labels("deadline" if late else "lease").inc()
        log.warning("attempt ended", run_id=run["id"], attempt=run["attempt"], why="deadline" if late else "lease")
        await (runs.expire(job, run) if late else runs.lose(job, run))


async def _publish_again(tx: Tx, lost: list[Row]) -> int:
    """Answers how many still waited: another orchestrator may have seen to them."""
    held, moved = tables.runs, 0
    for row in lost:
        still = (held.c.id == row["id"], held.c.state == "queued", held.c.published_at == row["published_at"])
        if await tx.write(sa.update(held).where(*still).values(published_at=None)):
            outbox.put(tx, row["id"], row["owner"])
            moved += 1
    return moved


async def prune(tx: Tx) -> None:
    """Forgets what was kept long enough."""
    sent = tables.outbox
    await tx.write(sa.delete(sent).where(sent.c.published_at < tx.now - PUBLISHED_KEPT_MS))
    for kept in (tables.replies, tables.reservations):
        await tx.write(sa.delete(kept).where(kept.c.created_at < tx.now - replies.KEPT_MS))
