"""Who is told of what happens to jobs: deliveries are written in the transaction that writes the events.

Most owners have no webhook, and most events are not for them: then this costs a look at the events, or one query for a
group of changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from services.orchestrator import tables
from services.orchestrator.database import Row, padded
from services.orchestrator.rules import notices
from services.orchestrator.tx import JobChange, Tx
from services.orchestrator.webhooks import rows


@dataclass(frozen=True)
class Audience:
    """`webhooks` by owner, and the state `before` of each job that they may be told of."""

    webhooks: Mapping[str, Sequence[Row]]
    before: Mapping[str, str]


async def find(tx: Tx, jobs: Sequence[JobChange]) -> Audience:
    """Who is to be told of changes of some jobs; asked before the summaries tell of them."""
    about = [job for job in jobs if any(map(notices.may_matter, job.events))]
    webhooks = await _active(tx, sorted({job.owner for job in about}))
    told = [job.id for job in about if job.owner in webhooks]
    kept = tables.job_summaries
    found = await tx.all(sa.select(kept.c.job_id, kept.c.state).where(kept.c.job_id.in_(padded(told)))) if told else []
    return Audience(webhooks, {row["job_id"]: row["state"] for row in found})


def tell(tx: Tx, jobs: Sequence[JobChange], audience: Audience, states: Mapping[str, str]) -> None:
    """Writes what is to be delivered. `states`: of the jobs, after the changes."""
    for job in jobs:
        if job.id not in audience.before:
            continue
        found = [notices.of_event(job.id, event) for event in job.events]
        found.append(notices.of_job(job.id, audience.before[job.id], states[job.id]))
        for notice in found:
            for webhook in audience.webhooks[job.owner] if notice else ():
                if notice and notice.type in webhook["types"]:
                    rows.put(tx, webhook, notice, job.id)


async def _active(tx: Tx, owners: Sequence[str]) -> dict[str, list[Row]]:
    if not owners:
        return {}
    kept = tables.webhooks
    query = sa.select(kept).where(kept.c.owner.in_(padded(owners)), kept.c.state == rows.ACTIVE)
    found: dict[str, list[Row]] = {}
    for row in await tx.all(query.order_by(kept.c.id)):
        found.setdefault(row["owner"], []).append(row)
    return found
