"""What the workers' calls of one group will look at, read for all of them at once.

A claim or a completion looks at its run, locks its job, and shows the rules its action. Read here, that is four
statements per group instead of four per call. What a change writes it has forgotten here, so that whoever comes after
it in the same group reads it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orchestrator import tables
from services.orchestrator.database import Row, fetch_all

SEEN = [tables.runs.c[name] for name in ("stage", "target", "number", "state", "takes", "made_from", "parameters")]
"""The columns of an action's runs that the rules see."""


@dataclass
class Ahead:
    """Rows by id. `jobs` are locked; `seen` are the runs of an action as the rules see them."""

    jobs: dict[str, Row] = field(default_factory=dict)
    runs: dict[str, Row] = field(default_factory=dict)
    actions: dict[str, Row] = field(default_factory=dict)
    seen: dict[str, list[Row]] = field(default_factory=dict)

    def forget(self, job_id: str, action_id: str) -> None:
        """An action or a run of it was written; of the job itself where `action_id` is empty."""
        self.actions.pop(action_id, None)
        self.seen.pop(action_id, None)
        written = [run for run in self.runs.values() if (run["job_id"], run["action_id"]) == (job_id, action_id)]
        for run in written:
            del self.runs[run["id"]]


async def read(connection: AsyncConnection, run_ids: Sequence[str]) -> Ahead:
    """Locks the jobs of some runs, always in the same order, and reads what is about them. Where a lock cannot be had
    nothing is read, and each change sees to itself."""
    try:
        async with connection.begin_nested():
            return await _read(connection, run_ids)
    except DBAPIError:
        return Ahead()


async def _read(connection: AsyncConnection, run_ids: Sequence[str]) -> Ahead:
    jobs, runs, actions = tables.jobs, tables.runs, tables.actions
    named = sa.select(runs.c.job_id).where(runs.c.id.in_(run_ids))
    locked = sa.select(jobs).where(jobs.c.id.in_(named)).order_by(jobs.c.id).with_for_update()
    job_rows = await fetch_all(connection, locked)
    run_rows = await fetch_all(connection, sa.select(runs).where(runs.c.id.in_(run_ids)))
    job_ids = [row["id"] for row in job_rows]
    action_ids = sorted({row["action_id"] for row in run_rows if row["action_id"]})
    action_rows = await fetch_all(connection, sa.select(actions).where(actions.c.id.in_(action_ids)))
    theirs = (runs.c.job_id.in_(job_ids), runs.c.action_id.in_(action_ids))
    seen: dict[str, list[Row]] = {action_id: [] for action_id in action_ids}
    for row in await fetch_all(connection, sa.select(runs.c.action_id, *SEEN).where(*theirs)):
        seen[row["action_id"]].append(row)
    return Ahead(_by_id(job_rows), _by_id(run_rows), _by_id(action_rows), seen)


def _by_id(rows: Sequence[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}
