"""Files of attempts that came to nothing: lost, fenced, failed, superseded.

An ended run never lives again, so what it names is final: the attempt whose manifest it recorded, or none. Everything
below its other attempts goes, once the run has ended for longer than any attempt may write. `lease_until` remembers
what is left to do: a run is taken by moving it to now, so that a sweep that was killed is taken up after another such
time, and it is emptied when nothing is left.
"""

import sqlalchemy as sa

from popcon.storage import keys
from services.orchestrator import assignments, tables
from services.orchestrator.database import Row
from services.orchestrator.sweeping.tools import Tools
from services.orchestrator.tx import Tx

BATCH = 100
ENDED = ("succeeded", "failed", "superseded")


async def sweep(tools: Tools) -> bool:
    """Removes leftovers of a batch of runs; answers whether there may be more."""
    rows = await tools.writer.apply(lambda tx: _take(tx, tools.ages.leftovers_ms))
    for row in rows:
        for attempt in unneeded(row):
            await tools.remove(keys.attempt_prefix(assignments.prefix(row), attempt), "attempt")
    if rows:
        await tools.writer.apply(lambda tx: _mark(tx, rows, None))
    return len(rows) == BATCH


def unneeded(run: Row) -> list[int]:
    """The attempts of an ended run whose files nobody needs."""
    kept = run["manifest"]["key"] if run["state"] == "succeeded" else ""
    attempts = range(1, run["attempt"] + 1)
    return [each for each in attempts if not kept.startswith(keys.attempt_prefix(assignments.prefix(run), each) + "/")]


async def _take(tx: Tx, age_ms: int) -> list[Row]:
    runs, before = tables.runs, tx.now - age_ms
    over = (runs.c.state.in_(ENDED), runs.c.lease_until < before, runs.c.ended_at < before)
    rows = await tx.all(sa.select(runs).where(*over).limit(BATCH).with_for_update(skip_locked=True))
    await _mark(tx, rows, tx.now)
    return rows


async def _mark(tx: Tx, rows: list[Row], lease_until: int | None) -> None:
    runs = tables.runs
    await tx.write(sa.update(runs).where(runs.c.id.in_([row["id"] for row in rows])).values(lease_until=lease_until))
