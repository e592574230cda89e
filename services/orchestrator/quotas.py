"""Quotas: whether an owner may begin more work, or store more.

Only what begins work is asked for here; what continues work that was let in never is. A limit may be passed by what
was let in before: the seconds of a job are known when they are over.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from prometheus_client import Counter

from popcon import errors
from services.orchestrator import owners, tables
from services.orchestrator.enqueue import LIVE
from services.orchestrator.rules.quota import (
    BYTES_RETRY_S,
    DAY_MS,
    HOUR_MS,
    JOBS_RETRY_S,
    Hour,
    Quota,
    seconds_retry_s,
    whole_hours_from,
)
from services.orchestrator.tx import Tx

_REFUSED = Counter("popcon_quota_refusals_total", "Calls refused because an owner has, or used, all it may", ["limit"])


async def admit(tx: Tx, owner: str, defaults: Quota, job_id: str = "") -> None:
    """Lets an owner begin work. `job_id`: of a job that is there, and counts itself. Raises `QuotaExceeded`."""
    quota = await owners.quota(tx, owner, defaults)
    if quota.jobs_in_flight:
        await tx.lock(f"jobs in flight of {owner}")  # two orchestrators must not each let the last one in
        used = await jobs_in_flight(tx, owner, job_id)
        if used >= quota.jobs_in_flight:
            said = f"You have {used} jobs in flight and may have {quota.jobs_in_flight}; try again when one is done."
            raise _exceeded("jobs_in_flight", said, JOBS_RETRY_S)
    if quota.worker_seconds_per_day:
        await _check_seconds(tx, owner, quota.worker_seconds_per_day)
    await _check_bytes(tx, owner, 0, quota.stored_bytes)


async def admit_bytes(tx: Tx, owner: str, defaults: Quota, size: int) -> None:
    """Lets an owner store some bytes. Raises `QuotaExceeded`."""
    await _check_bytes(tx, owner, size, (await owners.quota(tx, owner, defaults)).stored_bytes)


async def jobs_in_flight(tx: Tx, owner: str, but: str = "") -> int:
    """Jobs of an owner, but for one, of which a run is queued or running."""
    runs = tables.runs
    live = (runs.c.owner == owner, runs.c.state.in_(LIVE), runs.c.job_id != but)
    row = await tx.one(sa.select(sa.func.count(runs.c.job_id.distinct()).label("jobs")).where(*live))
    return int(row["jobs"]) if row else 0


async def seconds_by_hour(tx: Tx, owner: str) -> list[Hour]:
    """Worker seconds of an owner within the last 24 hours, oldest first: of whole hours from their sums, of the one in
    which they began from the ledger."""
    whole, hours, spent = whole_hours_from(tx.now), tables.worker_hours, tables.worker_seconds
    summed = sa.func.sum(hours.c.useful + hours.c.wasted).label("seconds")
    query = sa.select(hours.c.hour, summed).where(hours.c.owner == owner, hours.c.hour >= whole)
    rows = await tx.all(query.group_by(hours.c.hour).order_by(hours.c.hour))
    partly = (spent.c.owner == owner, spent.c.at > tx.now - DAY_MS, spent.c.at < whole * HOUR_MS)
    first = await tx.one(sa.select(sa.func.sum(spent.c.seconds).label("seconds")).where(*partly))
    found = [Hour(row["hour"], float(row["seconds"])) for row in rows]
    return [Hour(whole - 1, float(first["seconds"])), *found] if first and first["seconds"] else found


async def stored(tx: Tx, owner: str) -> int:
    """Bytes that an owner has in the store."""
    kept = tables.stored_bytes
    row = await tx.one(sa.select(kept.c.bytes).where(kept.c.owner == owner))
    return int(row["bytes"]) if row else 0


def total(hours: Sequence[Hour]) -> float:
    """Seconds of all hours."""
    return sum(each.seconds for each in hours)


async def _check_seconds(tx: Tx, owner: str, limit: float) -> None:
    hours = await seconds_by_hour(tx, owner)
    if (used := total(hours)) >= limit:
        after_s = seconds_retry_s(hours, limit, tx.now)
        said = f"You used {used:,.0f} worker seconds in 24 hours and may use {limit:,.0f}; try again in {after_s:,} s."
        raise _exceeded("worker_seconds_per_day", said, after_s)


async def _check_bytes(tx: Tx, owner: str, size: int, limit: int) -> None:
    if not limit:
        return
    used = await stored(tx, owner)
    if used >= limit or used + size > limit:
        more = f", and this is {size:,} more" if size else ""
        said = f"You store {used:,} bytes of {limit:,}{more}; delete jobs, whose files go 24 hours later."
        raise _exceeded("stored_bytes", said, BYTES_RETRY_S)


def _exceeded(limit: str, said: str, retry_after_s: int) -> errors.QuotaExceeded:
    _REFUSED.labels(limit).inc()
    return errors.QuotaExceeded(said, field=limit, retry_after_s=retry_after_s)
