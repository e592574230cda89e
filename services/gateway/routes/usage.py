"""What an owner used."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from popcon import rest
from popcon.v1 import common_pb2
from popcon.v1 import owners_pb2 as pb
from services.gateway import openapi, to_rest
from services.gateway.access import KnownRoute
from services.gateway.links import read
from services.gateway.params import Owner, Services

router = APIRouter(prefix="/v1/usage", tags=["access"], route_class=KnownRoute)

_EPOCH = date(1970, 1, 1)
_DAYS = 30


@router.get("", summary="What was used", responses=openapi.problems(422))
async def get_usage(
    owner: Owner,
    links: Services,
    since: Annotated[
        date | None, Query(alias="from", description="the first day (UTC); 29 days before the last one by default")
    ] = None,
    until: Annotated[
        date | None, Query(alias="to", description="the last day (UTC), at most 399 days on; today by default")
    ] = None,
) -> rest.Usage:
    """Runs and worker seconds by day and stage, for up to 400 days back; stored bytes and jobs in flight now; and the
    limits that hold for this owner."""
    last = until or datetime.now(UTC).date()
    first = since or date.fromordinal(max(last.toordinal() - _DAYS + 1, 1))
    request = pb.GetUsageRequest(owner=owner, from_day=(first - _EPOCH).days, to_day=(last - _EPOCH).days)
    answer = await read(links.owners.GetUsage, request)
    return rest.Usage(
        first_day=first,
        last_day=last,
        stages=[_stage(each) for each in answer.stages],
        stored_bytes=answer.stored_bytes,
        jobs_in_flight=answer.jobs_in_flight,
        worker_seconds_lately=answer.worker_seconds_lately,
        limits=_limits(answer.limits),
        at=to_rest.time(answer.at),
    )


def _stage(message: pb.StageUsage) -> rest.StageUsage:
    return rest.StageUsage(
        day=_EPOCH + timedelta(days=message.day),
        stage=rest.Stage(to_rest.word(common_pb2.Stage, message.stage)),
        runs=message.runs,
        useful_seconds=message.useful_seconds,
        wasted_seconds=message.wasted_seconds,
    )


def _limits(message: pb.Limits) -> rest.OwnerLimits:
    names = rest.OwnerLimits.model_fields
    return rest.OwnerLimits(**{name: getattr(message, name) or None for name in names})
