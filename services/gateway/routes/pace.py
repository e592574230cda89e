"""How fast work goes."""

from fastapi import APIRouter

from popcon import rest
from popcon.v1 import jobs_pb2
from services.gateway import openapi, to_rest
from services.gateway.access import KnownRoute
from services.gateway.links import read
from services.gateway.params import Owner, Services

router = APIRouter(prefix="/v1/pace", tags=["jobs"], route_class=KnownRoute)


@router.get("", summary="How fast work goes", responses=openapi.problems())
async def get_pace(owner: Owner, links: Services) -> rest.Pace:
    """How long a run of each stage took of late, and how many runs are queued or running."""
    return to_rest.pace(await read(links.jobs.GetPace, jobs_pb2.GetPaceRequest(owner=owner)))
