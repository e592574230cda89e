"""Assembly of sets: which set a job should have, and the run that makes it.

A set is asked for when no run of an action is queued or running, from the emoji that are finished then, in order. The
digest of that list is the set's identity: the same list is never assembled twice, and a newer list supersedes an
assembly that is still going on.
"""

import hashlib
import json
from collections.abc import Sequence

import sqlalchemy as sa

from services.orchestrator import enqueue, letters, tables
from services.orchestrator.database import Row, padded
from services.orchestrator.tx import JobChange, Tx

ASSEMBLE = "assemble"

LEFT_OUT = ("failed", "cancelled")
"""An action that waits for a person keeps the emoji that it has."""


async def refresh(tx: Tx, jobs: Sequence[JobChange]) -> None:
    """Has every set of some jobs that is out of date made again; called when changes of the jobs are closed."""
    runs = tables.runs
    asked = [job for job in jobs if job.row["deleted_at"] is None]
    live = (
        runs.c.job_id.in_(padded([job.id for job in asked])),
        runs.c.action_id != "",
        runs.c.state.in_(enqueue.LIVE),
    )
    at_work = {row["job_id"] for row in await tx.all(sa.select(runs.c.job_id).where(*live).distinct())}
    for job in asked:
        if job.id not in at_work:
            await _refresh_job(job)


async def _refresh_job(job: JobChange) -> None:
    actions = tables.actions
    rows = await job.tx.all(sa.select(actions).where(actions.c.job_id == job.id).order_by(actions.c.position))
    for target in job.row["options"]["targets"]:
        await _refresh_target(job, target, rows)


async def _refresh_target(job: JobChange, target: str, actions: Sequence[Row]) -> None:
    wanted = await _wanted(job, target, actions)
    newest = await newest_assembly(job.tx, job.id, target)
    if not wanted["items"] or (newest and _holds(job, newest, wanted)):
        return
    if newest and newest["state"] in enqueue.LIVE:
        await enqueue.supersede(job, "", ASSEMBLE, target, newest["number"])
    if newest and newest["dead_letter"] == letters.OPEN:
        letters.close(job, newest, letters.REPLAYED)
    number = newest["number"] + 1 if newest else 1
    about = {"action_id": "", "stage": ASSEMBLE, "target": target, "number": number}
    enqueue.start_run(job, **about, parameters=wanted, seed=0, backend="auto")
    job.event("set.changed", target=target, run=number, data={"state": "pending"})


def _holds(job: JobChange, newest: Row, wanted: Row) -> bool:
    """Whether the newest assembly is, or will be, what is wanted."""
    asked_for = job.retry_sets or newest["dead_letter"] == letters.REPLAYED
    again = newest["state"] == "superseded" or (newest["state"] == "failed" and asked_for)
    return not again and bool(newest["parameters"]["digest"] == wanted["digest"])


async def _wanted(job: JobChange, target: str, actions: Sequence[Row]) -> Row:
    arrangement = await arrangement_of(job.tx, job.id, target)
    manifests = await _pack_manifests(job, target)
    items = []
    for action in arranged(actions, arrangement["action_ids"]):
        pick = action["selected"].get(f"pack:{target}")
        if action["state"] not in LEFT_OUT and pick:
            manifest = manifests[action["id"], pick[0]]
            preset = action["direction"]["preset"]
            items.append({"action_id": action["id"], "label": action["label"], "preset": preset, "manifest": manifest})
    chosen = arrangement["tab_action_id"]
    tab = chosen if any(item["action_id"] == chosen for item in items) else ""
    identity = [target, tab, [[item["action_id"], item["label"], item["manifest"]["sha256"]] for item in items]]
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    return {"items": items, "tab_action_id": tab, "digest": digest}


async def _pack_manifests(job: JobChange, target: str) -> dict[tuple[str, int], Row]:
    """What was packed for a target, by action and number of the run."""
    runs = tables.runs
    packed = (runs.c.job_id == job.id, runs.c.stage == "pack", runs.c.target == target, runs.c.state == "succeeded")
    rows = await job.tx.all(sa.select(runs.c.action_id, runs.c.number, runs.c.manifest).where(*packed))
    return {(row["action_id"], row["number"]): row["manifest"] for row in rows}


async def newest_assembly(tx: Tx, job_id: str, target: str) -> Row | None:
    """The assemble run with the highest number for a target."""
    runs = tables.runs
    about = (runs.c.job_id == job_id, runs.c.action_id == "", runs.c.stage == ASSEMBLE, runs.c.target == target)
    return await tx.one(sa.select(runs).where(*about).order_by(runs.c.number.desc()).limit(1))


async def arrangement_of(tx: Tx, job_id: str, target: str) -> Row:
    """The order and tab image that a person chose; empty ones by default."""
    kept = tables.arrangements
    row = await tx.one(sa.select(kept).where(kept.c.job_id == job_id, kept.c.target == target))
    return row or {"action_ids": [], "tab_action_id": ""}


def arranged(actions: Sequence[Row], order: Sequence[str]) -> list[Row]:
    """Actions in a chosen order; those it does not name keep their places after it."""
    places = {action_id: place for place, action_id in enumerate(order)}
    return sorted(actions, key=lambda action: places.get(action["id"], len(places)))
