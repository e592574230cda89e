"""Runs: one execution of a stage, with all its files."""

from fastapi import APIRouter

from popcon import rest
from popcon.v1 import jobs_pb2
from services.gateway import openapi, to_rest
from services.gateway.access import KnownRoute
from services.gateway.links import read
from services.gateway.params import Owner, RunId, Services

router = APIRouter(prefix="/v1/runs", tags=["actions"], route_class=KnownRoute)


@router.get("/{run}", summary="One run", responses=openapi.problems(404))
async def get_run(run: RunId, owner: Owner, links: Services) -> rest.Run:
    """A run with all its files; inside a job the single frames are left out."""
    request = jobs_pb2.GetRunRequest(owner=owner, run_id=run)
    return to_rest.run((await read(links.jobs.GetRun, request)).run)
