"""The dead letter of a failed run, as the columns have it: open until the work is asked for again or it is put away."""

import sqlalchemy as sa

from services.orchestrator import tables
from services.orchestrator.database import Row
from services.orchestrator.tx import JobChange

OPEN, REPLAYED, DISCARDED = "open", "replayed", "discarded"
STATES = (OPEN, REPLAYED, DISCARDED)


async def close_of_action(job: JobChange, action_id: str, state: str) -> None:
    """Closes the open letters of an action that moves on. `state`: REPLAYED or DISCARDED."""
    runs = tables.runs
    about = (runs.c.job_id == job.id, runs.c.action_id == action_id, runs.c.dead_letter == OPEN)
    for row in await job.tx.all(sa.select(runs).where(*about)):
        close(job, row, state)


def close(job: JobChange, run: Row, state: str) -> None:
    """Closes the open letter of a run. `state`: REPLAYED or DISCARDED."""
    values = {"dead_letter": state}
    job.tx.ahead.renew_run(run, values)
    job.tx.update(tables.runs, run["id"], values)
    about = {name: run[name] for name in ("action_id", "stage", "target")}
    job.event(f"dead_letter.{state}", **about, run=run["number"])
