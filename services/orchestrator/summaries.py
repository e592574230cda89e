"""`job_summaries`: what the archive lists, projected from a job in the transaction that changed it."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from popcon.catalog import limits
from services.orchestrator import tables
from services.orchestrator.database import Row, padded
from services.orchestrator.rules.action import Stage, State
from services.orchestrator.rules.jobs import job_state
from services.orchestrator.tx import JobChange, Tx


async def project(tx: Tx, jobs: Sequence[JobChange]) -> dict[str, str]:
    """Writes the summaries of changed jobs as their rows now say it; answers their states by job."""
    theirs, states = await _actions(tx, [job.id for job in jobs]), {}
    for job in jobs:
        moving = _moving({**job.row, "updated_at": tx.now}, theirs[job.id])
        states[job.id] = moving["state"]
        if job.row["last_seq"]:
            tx.update(tables.job_summaries, job.id, moving)
        else:
            (whole,) = await tx.all(_with_picture([job.id]))
            tx.insert(tables.job_summaries, {"job_id": job.id, **_lasting(whole), **moving})
    return states


async def summarize(tx: Tx, job_ids: Sequence[str]) -> dict[str, Row]:
    """The summaries' columns by job, computed from nothing but the rows of the jobs."""
    theirs = await _actions(tx, job_ids)
    rows = await tx.all(_with_picture(job_ids))
    return {row["id"]: {**_lasting(row), **_moving(row, theirs[row["id"]])} for row in rows}


async def _actions(tx: Tx, job_ids: Sequence[str]) -> dict[str, list[Row]]:
    actions = tables.actions
    told = [actions.c[name] for name in ("id", "job_id", "label", "state", "selected")]
    found: dict[str, list[Row]] = {job_id: [] for job_id in job_ids}
    for row in await tx.all(sa.select(*told).where(actions.c.job_id.in_(padded(job_ids))).order_by(actions.c.position)):
        found[row["job_id"]].append(row)
    return found


def _with_picture(job_ids: Sequence[str]) -> sa.Select[tuple[Any, ...]]:
    jobs, pictures = tables.jobs, tables.pictures
    joined = sa.select(jobs, pictures.c.cutout, pictures.c.thumbnail).join(pictures, pictures.c.id == jobs.c.picture_id)
    return joined.where(jobs.c.id.in_(padded(job_ids)))


def _lasting(job: Row) -> Row:
    """What is so from the beginning. `job`: with its picture."""
    lasting = {name: job[name] for name in ("owner", "name", "picture_id", "created_at")}
    return {**lasting, "folded": fold(job["name"]), "thumbnail": job["thumbnail"] or job["cutout"]}


def _moving(job: Row, actions: Sequence[Row]) -> Row:
    """What changes with the job and its actions."""
    return {
        "state": job_state([State(row["state"]) for row in actions]),
        "deleted": job["deleted_at"] is not None,
        "actions": [_action(row) for row in actions],
        "updated_at": job["updated_at"],
    }


def fold(text: str) -> str:
    """Text as a search compares it: in one case, composed in one way. Databases disagree about both."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())[: limits.NAME_MAX_CHARS]


def _action(row: Row) -> Row:
    last = last_stage(list(row["selected"]))
    return {"id": row["id"], "label": row["label"], "state": row["state"], "last_stage": last}


def last_stage(slots: Sequence[str]) -> str:
    """The furthest stage among slot names (`matte`, `pack:line-emoji`); empty for none."""
    stages = {name.partition(":")[0] for name in slots}
    return next((stage.value for stage in reversed(Stage) if stage.value in stages), "")
