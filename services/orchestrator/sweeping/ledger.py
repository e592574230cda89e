"""Worker seconds of long ago: hour by hour, the rows of the ledger and then their sum, which tells of them."""

import sqlalchemy as sa

from services.orchestrator import tables
from services.orchestrator.rules.quota import HOUR_MS
from services.orchestrator.sweeping.tools import Tools
from services.orchestrator.tx import Tx

KEPT_DAYS = 400
BATCH = 100


async def sweep(tools: Tools) -> bool:
    """Forgets a batch of hours; answers whether there may be more."""
    return await tools.writer.apply(_sweep) == BATCH


async def _sweep(tx: Tx) -> int:
    spent, hours = tables.worker_seconds, tables.worker_hours
    old = sa.select(hours).where(hours.c.hour < tx.now // HOUR_MS - KEPT_DAYS * 24).limit(BATCH)
    rows = await tx.all(old.with_for_update(skip_locked=True))
    for row in rows:
        within = (spent.c.at >= row["hour"] * HOUR_MS, spent.c.at < (row["hour"] + 1) * HOUR_MS)
        await tx.write(sa.delete(spent).where(spent.c.owner == row["owner"], spent.c.stage == row["stage"], *within))
        this = (hours.c[name] == row[name] for name in ("owner", "hour", "stage"))
        await tx.write(sa.delete(hours).where(*this))
    return len(rows)
