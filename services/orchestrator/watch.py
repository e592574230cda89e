"""Watching a job: its stored events in order, then new ones as they are committed, and progress in between.

Wake-ups come from this process when it commits and over NATS when another replica does. They may be lost, so a watcher
also looks by itself every few seconds; what it tells is always read from SQL.
"""

import asyncio
from collections.abc import AsyncIterator

import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp

from popcon import errors
from popcon.v1 import jobs_pb2, tasks_pb2
from services.orchestrator import tables, views
from services.orchestrator.database import Database, fetch_all, fetch_one

LOOK_S = 5.0
PAGE = 500

_ANY_NEWS = 2**62


class Hub:
    """Hands wake-ups of a job to whoever watches it."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Queue[tasks_pb2.Wake]]] = {}
        self._closed = False

    async def wake(self, wake: tasks_pb2.Wake) -> None:
        """Tells the watchers of a job. Where one is behind, progress gives way to what must be read."""
        for queue in self._watchers.get(wake.job_id, ()):
            if queue.full() and wake.HasField("progress"):
                continue
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(wake)

    async def close(self) -> None:
        """Ends every watch, since the process is going away; who watches asks again and finds another."""
        self._closed = True
        for job_id in list(self._watchers):
            await self.wake(tasks_pb2.Wake(job_id=job_id, seq=_ANY_NEWS))

    async def watch(self, database: Database, owner: str, job_id: str, after: int) -> AsyncIterator[jobs_pb2.Event]:
        """Events of a job after a number, for ever; ends when the job is deleted. Raises `NotFound`, or `Unavailable`
        when the hub is closed."""
        queue: asyncio.Queue[tasks_pb2.Wake] = asyncio.Queue(maxsize=256)
        self._watchers.setdefault(job_id, set()).add(queue)
        try:
            while True:
                events, gone = await _read(database, owner, job_id, after)
                for event in events:
                    after = event.seq
                    yield event
                if gone:
                    return
                if self._closed:
                    raise errors.Unavailable("The orchestrator is going away: watch again in a moment.")
                if len(events) == PAGE:
                    continue
                async for progress in _until_news(queue, after):
                    yield progress
        finally:
            self._watchers[job_id].discard(queue)
            if not self._watchers[job_id]:
                del self._watchers[job_id]


async def _until_news(queue: asyncio.Queue[tasks_pb2.Wake], after: int) -> AsyncIterator[jobs_pb2.Event]:
    """Progress as it comes; ends when there may be something to read, and after `LOOK_S` whatever comes."""
    clock = asyncio.get_running_loop().time
    look_at = clock() + LOOK_S
    while (left_s := look_at - clock()) > 0:
        try:
            async with asyncio.timeout(left_s):  # not wait_for, which may forget that it was cancelled
                wake = await queue.get()
        except TimeoutError:
            return
        if wake.HasField("progress"):
            yield _progress(wake.progress)
        elif wake.seq > after:
            return


async def _read(database: Database, owner: str, job_id: str, after: int) -> tuple[list[jobs_pb2.Event], bool]:
    jobs, events = tables.jobs, tables.events
    async with database.look() as connection:
        job = await fetch_one(connection, sa.select(jobs).where(jobs.c.id == job_id, jobs.c.owner == owner))
        if job is None:
            raise errors.NotFound(f"There is no job {job_id}; list the jobs to find its id.")
        query = sa.select(events).where(events.c.job_id == job_id, events.c.seq > after).order_by(events.c.seq)
        rows = await fetch_all(connection, query.limit(PAGE))
    gone = job["deleted_at"] is not None and len(rows) < PAGE
    return [views.event(row) for row in rows], gone


def _progress(progress: tasks_pb2.Progress) -> jobs_pb2.Event:
    at = Timestamp()
    at.GetCurrentTime()
    return jobs_pb2.Event(
        at=at,
        type="run.progress",
        action_id=progress.action_id,
        stage=progress.stage,
        target=progress.target,
        run=progress.run,
        data=views.struct({"fraction": progress.fraction}),
    )
