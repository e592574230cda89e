"""What to do about a clock that somebody set: the database's is a machine's, and leases and delays go by it.

Set ahead, it would end every lease and deadline at once, so workers get one lease to be heard again, and deadlines are
put off. Set back, it would have things wait for as long as it was set back, so what lies further ahead than it can is
brought near. Doing either more than once, as several orchestrators do, grants no more than a full lease or deadline.
"""

import sqlalchemy as sa

from services.orchestrator import tables
from services.orchestrator.rules import retry
from services.orchestrator.runs import Timing
from services.orchestrator.tx import Tx
from services.orchestrator.webhooks import claims


class Leaps:
    """Compares the database's clock with this process's own, which nobody sets. `least_s`: less is no leap."""

    def __init__(self, least_s: float) -> None:
        self._least_ms = least_s * 1000
        self._apart_ms: float | None = None

    def leapt_ms(self, now_ms: int, own_s: float) -> int:
        """By how much the database's clock was set since the last look; 0 when it was not. `now_ms`: what it says;
        `own_s`: what ours says."""
        apart_ms = now_ms - own_s * 1000
        before, self._apart_ms = self._apart_ms, apart_ms
        leap = apart_ms - before if before is not None else 0.0
        return int(leap) if abs(leap) > self._least_ms else 0


async def put_off(tx: Tx, timing: Timing, leap_ms: int) -> None:
    """Has deadlines come later by a leap, never later than a whole one from now."""
    runs = tables.runs
    later, whole = runs.c.deadline_at + leap_ms, _deadline(tx, timing)
    running = sa.update(runs).where(runs.c.state == "running")
    await tx.write(running.values(deadline_at=sa.case((later < whole, later), else_=whole)))


async def bring_near(tx: Tx, timing: Timing) -> None:
    """Has nothing lie further ahead than it can."""
    runs = tables.runs
    lease = tx.now + int(timing.lease_s * 1000)
    whole = _deadline(tx, timing)
    no_later = sa.case((runs.c.deadline_at > whole, whole), else_=runs.c.deadline_at)
    held = (runs.c.state == "running", runs.c.lease_until > lease)
    await tx.write(sa.update(runs).where(*held).values(lease_until=lease, deadline_at=no_later))
    sent = (runs.c.state == "queued", runs.c.published_at > tx.now)
    await tx.write(sa.update(runs).where(*sent).values(published_at=tx.now))
    delayed = (runs.c.state == "queued", runs.c.not_before > tx.now + int(retry.LONGEST_DELAY_S * 1000))
    await tx.write(sa.update(runs).where(*delayed).values(not_before=tx.now))
    await claims.bring_near(tx)


def _deadline(tx: Tx, timing: Timing) -> sa.Case[int]:
    """The deadline of an attempt that would begin now."""
    stages = {stage: tx.now + int(seconds * 1000) for stage, seconds in timing.deadline_s.items()}
    return sa.case({stage: sa.literal(at, sa.BigInteger) for stage, at in stages.items()}, value=tables.runs.c.stage)
