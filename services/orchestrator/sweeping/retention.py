"""Retention: jobs that are old enough are deleted, as a person would delete them, undo included."""

from functools import partial

import sqlalchemy as sa

from services.orchestrator import jobs, tables
from services.orchestrator.database import Row, fetch_all, now_ms
from services.orchestrator.enqueue import LIVE
from services.orchestrator.sweeping.tools import Tools
from services.orchestrator.tx import Tx

BATCH = 50


async def sweep(tools: Tools) -> bool:
    """Deletes a batch of jobs that are past their days and at rest; answers whether there may be more."""
    if not tools.ages.jobs_ms:
        return False
    async with tools.database.look() as connection:
        before = await now_ms(connection) - tools.ages.jobs_ms
        rows = await fetch_all(connection, _over(before).order_by(tables.jobs.c.id).limit(BATCH))
    for row in rows:
        await tools.writer.apply(partial(_delete, row, before))
    return len(rows) == BATCH


def _over(before: int) -> sa.Select[tuple[str, str]]:
    held, runs = tables.jobs, tables.runs
    live = sa.exists().where(runs.c.job_id == held.c.id, runs.c.state.in_(LIVE))
    return sa.select(held.c.id, held.c.owner).where(held.c.created_at < before, held.c.deleted_at.is_(None), ~live)


async def _delete(row: Row, before: int, tx: Tx) -> None:
    # Looked at again under its lock: somebody may have resumed it, or another orchestrator deleted it.
    held = tables.jobs
    await tx.locked(sa.select(held.c.id).where(held.c.id == row["id"]).with_for_update())
    if await tx.one(_over(before).where(held.c.id == row["id"])):
        await jobs.delete(tx, row["owner"], row["id"])
