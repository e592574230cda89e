"""What the workers' calls of one group will look at, read for all of them at once.

A claim or a completion looks at its run, locks its job, and shows the rules its action. Read here, that is a handful of
statements per group instead of per call. What a change writes is renewed here; when one is undone all is forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orchestrator import tables
from services.orchestrator.database import Row, fetch_all, padded

_NAMES = ("stage", "target", "number", "state", "takes", "made_from", "parameters", "manifest")
SEEN = [tables.runs.c[name] for name in _NAMES]
"""The columns of an action's runs that the rules see, and what its next run is made from."""


@dataclass
class Ahead:
    """Rows by id. `jobs` are locked; `seen` are the runs of an action as the rules see them; `cutouts` are by job."""

    jobs: dict[str, Row] = field(default_factory=dict)
    runs: dict[str, Row] = field(default_factory=dict)
    actions: dict[str, Row] = field(default_factory=dict)
    seen: dict[str, list[Row]] = field(default_factory=dict)
    cutouts: dict[str, Row] = field(default_factory=dict)

    def manifest(self, action_id: str, stage: str, number: int) -> Row | None:
        """What a run of an action made; None where that is not known here."""
        named = [run for run in self.seen.get(action_id, ()) if (run["stage"], run["number"]) == (stage, number)]
        return named[0]["manifest"] if named else None

    def renew_run(self, run: Row, values: Row) -> None:
        """Columns of a run were set."""
        if run["id"] in self.runs:
            self.runs[run["id"]] = {**self.runs[run["id"]], **values}
        for seen in self.seen.get(run["action_id"], ()):
            if all(seen[name] == run[name] for name in ("stage", "target", "number")):
                seen.update({name: value for name, value in values.items() if name in seen})

    def add_run(self, values: Row) -> None:
        """A run of an action was made."""
        if values["action_id"] in self.seen:
            self.seen[values["action_id"]].append({name: values.get(name) for name in _NAMES})

    def renew_action(self, action_id: str, values: Row) -> None:
        """Columns of an action were set."""
        if action_id in self.actions:
            self.actions[action_id] = {**self.actions[action_id], **values}

    def forget(self, action_id: str) -> None:
        """Runs of an action were written by other means; of no action where `action_id` is empty."""
        self.seen.pop(action_id, None)
        self.runs = {run_id: run for run_id, run in self.runs.items() if run["action_id"] != action_id}


async def read(connection: AsyncConnection, run_ids: Sequence[str]) -> Ahead:
    """Locks the jobs of some runs, always in the same order, and reads what is about them."""
    jobs, runs, actions = tables.jobs, tables.runs, tables.actions
    named = sa.select(runs.c.job_id).where(runs.c.id.in_(padded(run_ids)))
    locked = sa.select(jobs).where(jobs.c.id.in_(named)).order_by(jobs.c.id).with_for_update()
    job_rows = await fetch_all(connection, locked)
    run_rows = await fetch_all(connection, sa.select(runs).where(runs.c.id.in_(padded(run_ids))))
    job_ids = [row["id"] for row in job_rows]
    action_ids = sorted({row["action_id"] for row in run_rows if row["action_id"]})
    action_rows = await fetch_all(connection, sa.select(actions).where(actions.c.id.in_(padded(action_ids))))
    theirs = (runs.c.job_id.in_(padded(job_ids)), runs.c.action_id.in_(padded(action_ids)))
    seen: dict[str, list[Row]] = {action_id: [] for action_id in action_ids}
    for row in await fetch_all(connection, sa.select(runs.c.action_id, *SEEN).where(*theirs)):
        seen[row["action_id"]].append(row)
    begun = {row["job_id"] for row in run_rows if row["stage"] == "startframe" and row["state"] == "queued"}
    cutouts = await _cutouts(connection, sorted(begun)) if begun else {}
    return Ahead(_by_id(job_rows), _by_id(run_rows), _by_id(action_rows), seen, cutouts)


async def _cutouts(connection: AsyncConnection, job_ids: Sequence[str]) -> dict[str, Row]:
    jobs, pictures = tables.jobs, tables.pictures
    query = sa.select(jobs.c.id, pictures.c.cutout).join(pictures, pictures.c.id == jobs.c.picture_id)
    return {
        row["id"]: row["cutout"] for row in await fetch_all(connection, query.where(jobs.c.id.in_(padded(job_ids))))
    }


def _by_id(rows: Sequence[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}
