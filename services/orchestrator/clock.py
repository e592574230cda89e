"""What to do about a clock that somebody set: the database's is a machine's, and leases and delays go by it.

Set ahead, it would end every lease at once, so workers get one lease to be heard again. Set back, it would have things
wait for as long as it was set back, so what lies further ahead than it can is brought near.
"""

import sqlalchemy as sa

from services.orchestrator import tables
from services.orchestrator.rules import retry
from services.orchestrator.runs import Timing
from services.orchestrator.tx import Tx


class Leaps:
    """Compares the database's clock with this process's own, which nobody sets. `least_s`: less is no leap."""

    def __init__(self, least_s: float) -> None:
        self._least_ms = least_s * 1000
        self._apart_ms: float | None = None

    def leapt(self, now_ms: int, own_s: float) -> bool:
        """Whether the database's clock was set since the last look. `now_ms`: what it says; `own_s`: what ours says."""
        apart_ms = now_ms - own_s * 1000
        before, self._apart_ms = self._apart_ms, apart_ms
        return before is not None and abs(apart_ms - before) > self._least_ms


async def bring_near(tx: Tx, timing: Timing) -> None:
    """Has nothing lie further ahead than it can."""
    runs = tables.runs
    lease = tx.now + int(timing.lease_s * 1000)
    deadlines = {stage: tx.now + int(seconds * 1000) for stage, seconds in timing.deadline_s.items()}
    deadline = sa.case(deadlines, value=runs.c.stage)
    no_later = sa.case((runs.c.deadline_at > deadline, deadline), else_=runs.c.deadline_at)
    held = (runs.c.state == "running", runs.c.lease_until > lease)
    await tx.write(sa.update(runs).where(*held).values(lease_until=lease, deadline_at=no_later))
    sent = (runs.c.state == "queued", runs.c.published_at > tx.now)
    await tx.write(sa.update(runs).where(*sent).values(published_at=tx.now))
    delayed = (runs.c.state == "queued", runs.c.not_before > tx.now + int(retry.LONGEST_DELAY_S * 1000))
    await tx.write(sa.update(runs).where(*delayed).values(not_before=tx.now))
