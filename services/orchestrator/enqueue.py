"""Runs come into being here, and end here when something newer takes their place."""

from typing import Any

import sqlalchemy as sa

from popcon import ids
from services.orchestrator import accounting, outbox, tables
from services.orchestrator.tx import JobChange

LIVE = ("queued", "running")

_NEW = {
    "state": "queued", "model": "", "attempt": 0, "losses": 0, "tries": 0, "claim_id": "", "progress": 0.0, "takes": 0,
    "thumbnail": "", "seconds": 0.0, "not_before": 0,
}  # fmt: skip


def start_run(job: JobChange, **columns: Any) -> None:
    """Writes a queued run with its outbox row. `columns`: action_id, stage, target, number, made_from, parameters,
    seed, backend."""
    values = {**_NEW, "id": ids.new(ids.RUN), "owner": job.owner, "job_id": job.id, "created_at": job.tx.now, **columns}
    job.tx.ahead.add_run(values)
    job.tx.insert(tables.runs, {**values, "lane": job.row["options"]["lane"]})
    outbox.put(job.tx, values["id"], job.owner)
    about = {name: values[name] for name in ("action_id", "stage", "target")}
    job.event("run.queued", run=values["number"], **about)


async def supersede(job: JobChange, action_id: str, stage: str, target: str, number: int) -> None:
    """Ends a live run in favour of something newer; its worker learns it at its next heartbeat."""
    runs = tables.runs
    about = (runs.c.action_id == action_id, runs.c.stage == stage, runs.c.target == target, runs.c.number == number)
    where = (runs.c.job_id == job.id, *about, runs.c.state.in_(LIVE))
    job.tx.ahead.forget(action_id)
    values = {"state": "superseded", "ended_at": job.tx.now}
    held = await job.tx.one(sa.select(runs).where(*where, runs.c.state == "running"))
    spent = accounting.wasted(job.tx, held) if held else {}
    await job.tx.write(sa.update(runs).where(*where).values(**values, **spent))
    job.event("run.superseded", action_id=action_id, stage=stage, target=target, run=number)
