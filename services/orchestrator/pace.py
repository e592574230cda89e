"""How long runs took of late, and how many are to be done: what a person is told before a job is made."""

from statistics import median

import sqlalchemy as sa

from popcon.v1 import jobs_pb2
from services.orchestrator import tables, views
from services.orchestrator.enqueue import LIVE
from services.orchestrator.rules.action import Stage
from services.orchestrator.tx import Tx

LAST = 20
"""Runs per stage: enough that one odd run does not show, few enough that a faster machine soon does."""
_BY_HAND = "edit"


async def get(tx: Tx, owner: str) -> jobs_pb2.GetPaceResponse:
    """The pace of an owner's runs."""
    made = tables.runs
    rows = await tx.all(sa.select(sa.union_all(*(_last(owner, stage) for stage in Stage)).subquery()))
    live = sa.select(sa.func.count().label("runs")).where(made.c.owner == owner, made.c.state.in_(LIVE))
    return jobs_pb2.GetPaceResponse(
        stages=[_stage(stage, [row["seconds"] for row in rows if row["stage"] == stage]) for stage in Stage],
        waiting=(await tx.all(live))[0]["runs"],
    )


def _last(owner: str, stage: Stage) -> sa.Select[tuple[str, float]]:
    """The seconds of the last runs of a stage. An edit says nothing of how long it takes to make one."""
    made = tables.runs
    rows = (
        sa.select(made.c.stage, made.c.seconds)
        .where(made.c.owner == owner, made.c.state == "succeeded", made.c.stage == stage, made.c.backend != _BY_HAND)
        .order_by(made.c.ended_at.desc())
        .limit(LAST)
        .subquery()
    )
    return sa.select(rows.c.stage, rows.c.seconds)


def _stage(stage: Stage, seconds: list[float]) -> jobs_pb2.StagePace:
    return jobs_pb2.StagePace(stage=views.stage(stage), seconds=median(seconds) if seconds else None)
