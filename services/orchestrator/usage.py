"""What an owner used and has, as it is told."""

import sqlalchemy as sa

from popcon import errors
from popcon.v1 import owners_pb2 as pb
from services.orchestrator import owners, quotas, tables, views
from services.orchestrator.rules.quota import Quota
from services.orchestrator.tx import Tx

DAYS_MAX = 400
_HOURS = 24


async def get(tx: Tx, request: pb.GetUsageRequest, defaults: Quota) -> pb.GetUsageResponse:
    """What an owner used on some days, and has now. Raises `InvalidRequest`."""
    if not 0 <= request.to_day - request.from_day < DAYS_MAX:
        raise errors.InvalidRequest(f"Ask for 1 to {DAYS_MAX} days, the first one first.", field="from")
    return pb.GetUsageResponse(
        stages=await _stages(tx, request),
        stored_bytes=await quotas.stored(tx, request.owner),
        jobs_in_flight=await quotas.jobs_in_flight(tx, request.owner),
        worker_seconds_lately=quotas.total(await quotas.seconds_by_hour(tx, request.owner)),
        limits=owners.limits(await owners.quota(tx, request.owner, defaults)),
        at=views.timestamp(tx.now),
    )


async def _stages(tx: Tx, request: pb.GetUsageRequest) -> list[pb.StageUsage]:
    hours = tables.worker_hours
    day = (hours.c.hour // sa.literal_column(str(_HOURS), sa.Integer)).label("day")
    sums = [sa.func.sum(hours.c[name]).label(name) for name in ("runs", "useful", "wasted")]
    about = (
        hours.c.owner == request.owner,
        hours.c.hour >= request.from_day * _HOURS,
        hours.c.hour < (request.to_day + 1) * _HOURS,
    )
    rows = await tx.all(
        sa.select(day, hours.c.stage, *sums).where(*about).group_by(day, hours.c.stage).order_by(day, hours.c.stage)
    )
    return [
        pb.StageUsage(
            day=row["day"],
            stage=views.stage(row["stage"]),
            runs=row["runs"],
            useful_seconds=row["useful"],
            wasted_seconds=row["wasted"],
        )
        for row in rows
    ]
