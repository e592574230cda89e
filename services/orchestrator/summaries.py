"""`job_summaries`: what the archive lists, projected from a job in the transaction that changed it."""

import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa

from popcon.catalog import limits
from services.orchestrator import tables
from services.orchestrator.database import Row
from services.orchestrator.rules.action import Stage, State
from services.orchestrator.rules.jobs import job_state
from services.orchestrator.tx import JobChange, Tx


async def project(tx: Tx, jobs: Sequence[JobChange]) -> None:
    """Writes the summaries of changed jobs as their rows now say it."""
    values = await summarize(tx, [job.id for job in jobs])
    for job in jobs:
        if job.row["last_seq"] == 0:
            tx.insert(tables.job_summaries, {"job_id": job.id, **values[job.id]})
        else:
            tx.update(tables.job_summaries, job.id, values[job.id])


async def summarize(tx: Tx, job_ids: Sequence[str]) -> dict[str, Row]:
    """The summaries' columns by job, computed from the rows of the jobs."""
    jobs, actions, pictures = tables.jobs, tables.actions, tables.pictures
    joined = sa.select(jobs, pictures.c.cutout, pictures.c.thumbnail).join(pictures, pictures.c.id == jobs.c.picture_id)
    theirs: dict[str, list[Row]] = {job_id: [] for job_id in job_ids}
    told = [actions.c[name] for name in ("id", "job_id", "label", "state", "selected")]
    for row in await tx.all(sa.select(*told).where(actions.c.job_id.in_(job_ids)).order_by(actions.c.position)):
        theirs[row["job_id"]].append(row)
    rows = await tx.all(joined.where(jobs.c.id.in_(job_ids)))
    return {job["id"]: _summary(job, theirs[job["id"]]) for job in rows}


def _summary(job: Row, rows: Sequence[Row]) -> Row:
    return {
        "owner": job["owner"],
        "name": job["name"],
        "folded": fold(job["name"]),
        "picture_id": job["picture_id"],
        "state": job_state([State(row["state"]) for row in rows]),
        "deleted": job["deleted_at"] is not None,
        "thumbnail": job["thumbnail"] or job["cutout"],
        "actions": [_action(row) for row in rows],
        "created_at": job["created_at"],
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
