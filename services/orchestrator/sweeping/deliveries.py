"""The end of deliveries: an owner can look at them, and ask for them again, for 30 days."""

import sqlalchemy as sa

from popcon import ids
from services.orchestrator import tables
from services.orchestrator.sweeping.tools import Tools
from services.orchestrator.tx import Tx

KEPT_MS = 30 * 86_400_000
BATCH = 500


async def sweep(tools: Tools) -> bool:
    """Removes a batch of old deliveries; answers whether there may be more."""
    return await tools.writer.apply(_forget) == BATCH


async def _forget(tx: Tx) -> int:
    kept = tables.deliveries
    old = sa.select(kept.c.id).where(kept.c.id < ids.since(ids.DELIVERY, tx.now - KEPT_MS)).limit(BATCH)
    return await tx.write(sa.delete(kept).where(kept.c.id.in_(old)))
