"""The audit: rows that tell what was done to what, and outlive it."""

import sqlalchemy as sa

from popcon import ids
from services.orchestrator import tables
from services.orchestrator.database import Row
from services.orchestrator.tx import Tx


def note(tx: Tx, owner: str, what: str, subject: str, data: Row) -> None:
    """Adds a row. `what`: as `job.removed`. `subject`: an id, or what else names it."""
    row = {"id": ids.new(ids.AUDIT), "owner": owner, "at": tx.now, "what": what, "subject": subject, "data": data}
    tx.insert(tables.audit, row)


async def last(tx: Tx, owner: str, subject: str, since_ms: int) -> Row | None:
    """The newest row about a subject that was added at or after a time, milliseconds since 1970."""
    kept = tables.audit
    about = (kept.c.owner == owner, kept.c.id >= ids.since(ids.AUDIT, since_ms), kept.c.subject == subject)
    return await tx.one(sa.select(kept).where(*about).order_by(kept.c.id.desc()).limit(1))
