"""A change of one job, kept consistent in one place.

    async with change(tx, job_id, owner) as job:
        ...

Opening locks the job, so changes of a job follow one another. Closing makes what is derived agree with what was
changed: stale sets are made again, events get their numbers, the summary is projected, webhooks are told. A change that
nobody reads from in its transaction is closed at the transaction's end, together with the others.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import sqlalchemy as sa

from popcon import errors
from services.orchestrator import sets, summaries, tables
from services.orchestrator.database import Row
from services.orchestrator.tx import JobChange, Tx
from services.orchestrator.webhooks import telling


@asynccontextmanager
async def change(tx: Tx, job_id: str, owner: str | None = None, *, deleted: bool = False) -> AsyncIterator[JobChange]:
    """Locks a job for a change. Raises `NotFound` when it does not exist, is another owner's, or is deleted (unless
    `deleted` lets such a job in)."""
    if job_id in tx.changed:
        await close([tx.changed.pop(job_id)])
    row = await _lock(tx, job_id)
    if row is None or (owner is not None and row["owner"] != owner) or (row["deleted_at"] is not None and not deleted):
        raise errors.NotFound(f"There is no job {job_id}; list the jobs to find its id.")
    job = JobChange(tx, row)
    yield job
    if job.events:
        await close([job])


@asynccontextmanager
async def change_of_run(tx: Tx, job_id: str) -> AsyncIterator[JobChange]:
    """Locks a job, deleted or not, for what a worker did; it is closed at the end of the transaction."""
    job = tx.changed.get(job_id)
    if job is None:
        row = await _lock(tx, job_id)
        if row is None:
            raise errors.NotFound(f"There is no job {job_id}; it was deleted for good.")
        job = JobChange(tx, row)
    yield job
    if job.events:
        tx.changed[job_id] = job


async def close(jobs: Sequence[JobChange]) -> None:
    """Makes what is derived of some jobs of one transaction agree; `change` does it by itself."""
    if not jobs:
        return
    tx = jobs[0].tx
    await sets.refresh(tx, jobs)
    audience = await telling.find(tx, jobs)
    for job in jobs:
        _number(job)
    telling.tell(tx, jobs, audience, await summaries.project(tx, jobs))


def _number(job: JobChange) -> None:
    tx, about = job.tx, {"job_id": job.id, "owner": job.owner, "at": job.tx.now}
    last = job.row["last_seq"]
    for event in job.events:
        last += 1
        tx.insert(tables.events, {**event, **about, "seq": last})
    tx.update(tables.jobs, job.id, {"last_seq": last, "updated_at": tx.now})
    tx.woken[job.id] = last
    tx.ahead.jobs.pop(job.id, None)


async def _lock(tx: Tx, job_id: str) -> Row | None:
    known = tx.ahead.jobs.get(job_id)
    return known or await tx.locked(sa.select(tables.jobs).where(tables.jobs.c.id == job_id).with_for_update())
