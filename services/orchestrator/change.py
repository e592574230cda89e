"""A change of one job, kept consistent in one place.

    async with change(tx, job_id, owner) as job:
        ...

Opening locks the job, so changes of a job follow one another. Closing makes what is derived agree with what was
changed: stale sets are made again, events get their numbers, the summary is projected.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa

from popcon import errors
from services.orchestrator import sets, summaries, tables
from services.orchestrator.tx import JobChange, Tx


@asynccontextmanager
async def change(tx: Tx, job_id: str, owner: str | None = None, *, deleted: bool = False) -> AsyncIterator[JobChange]:
    """Locks a job for a change. Raises `NotFound` when it does not exist, is another owner's, or is deleted (unless
    `deleted` lets such a job in)."""
    row = await tx.one(sa.select(tables.jobs).where(tables.jobs.c.id == job_id).with_for_update())
    if row is None or (owner is not None and row["owner"] != owner) or (row["deleted_at"] is not None and not deleted):
        raise errors.NotFound(f"There is no job {job_id}; list the jobs to find its id.")
    job = JobChange(tx, row)
    yield job
    if job.events:
        await close(job)


async def close(job: JobChange) -> None:
    """Makes what is derived agree; `change` does it by itself."""
    tx = job.tx
    await sets.refresh(job)
    about = {"job_id": job.id, "owner": job.owner, "at": tx.now}
    numbered = [{**event, **about, "seq": seq} for seq, event in enumerate(job.events, job.row["last_seq"] + 1)]
    await tx.connection.execute(sa.insert(tables.events), numbered)
    last = numbered[-1]["seq"]
    await tx.write(sa.update(tables.jobs).where(tables.jobs.c.id == job.id).values(last_seq=last, updated_at=tx.now))
    await summaries.project(tx, job.id)
    tx.woken[job.id] = last
