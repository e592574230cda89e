"""The end of deleted jobs: 24 hours after, their objects go, then their rows, and one row of the audit stays.

Taking a job sets its `deleted_at` to 0 under the job's lock, so an undelete at that moment comes before, and the job is
spared, or after, and is too late. Killed at any point, the removal is taken up again: objects that are gone are no
error, and the rows are there until all objects went.
"""

from functools import partial

import sqlalchemy as sa

from popcon.storage import keys
from services.orchestrator import audit, tables, tallies
from services.orchestrator.database import Row
from services.orchestrator.jobs import UNDO_MS
from services.orchestrator.sweeping.tools import Removed, Tools
from services.orchestrator.tx import Tx

BATCH = 10
REMOVING = 0

RETAKEN_MS = 600_000
"""A removal that did not end for so long is taken up by whoever sees it."""


async def sweep(tools: Tools) -> bool:
    """Removes a batch of deleted jobs; answers whether there may be more."""
    # An attempt of a run that the deletion stopped may write for as long as any.
    wait_ms = max(UNDO_MS, tools.ages.leftovers_ms)
    rows = await tools.writer.apply(lambda tx: _take(tx, wait_ms))
    for row in rows:
        removed = await tools.remove(keys.job_prefix(row["owner"], row["id"]), "job")
        await tools.writer.apply(partial(_forget, row, removed))
    return len(rows) == BATCH


async def _take(tx: Tx, wait_ms: int) -> list[Row]:
    held = tables.jobs
    over = (held.c.deleted_at < tx.now - wait_ms, held.c.updated_at < tx.now - RETAKEN_MS)
    query = sa.select(held.c.id, held.c.owner).where(*over).limit(BATCH)
    rows = await tx.all(query.with_for_update(skip_locked=True))
    taken = sa.update(held).where(held.c.id.in_([row["id"] for row in rows]))
    await tx.write(taken.values(deleted_at=REMOVING, updated_at=tx.now))
    return rows


async def _forget(row: Row, removed: Removed, tx: Tx) -> None:
    job_id, held, runs, edits = row["id"], tables.jobs, tables.runs, tables.edits
    if not await tx.write(sa.delete(held).where(held.c.id == job_id)):
        return  # another orchestrator took it up meanwhile, and ended it
    of_job = sa.select(runs.c.id).where(runs.c.job_id == job_id)
    of_edits = sa.select(edits.c.id).where(edits.c.job_id == job_id)
    kept = await tx.one(sa.select(sa.func.sum(runs.c.bytes).label("bytes")).where(runs.c.job_id == job_id))
    tallies.store(tx, row["owner"], -int((kept and kept["bytes"]) or 0))
    await tx.write(sa.delete(tables.outbox).where(tables.outbox.c.run_id.in_(of_job)))
    await tx.write(sa.delete(tables.operations).where(tables.operations.c.edit_id.in_(of_edits)))
    gone = {
        table.name: await tx.write(sa.delete(table).where(table.c.job_id == job_id))
        for table in tables.metadata.sorted_tables
        if "job_id" in table.c and table is not tables.worker_seconds
    }
    data = {"runs": gone["runs"], "objects": removed.objects, "bytes": removed.bytes}
    audit.note(tx, row["owner"], "job.removed", job_id, data)
