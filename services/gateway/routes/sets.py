"""Finished sets."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from popcon import errors, rest
from popcon.catalog import targets
from popcon.v1 import jobs_pb2, sets_pb2
from services.gateway import files, openapi, to_rest
from services.gateway.access import KnownRoute
from services.gateway.links import read, write
from services.gateway.params import JobId, Owner, Services

router = APIRouter(prefix="/v1/jobs/{job}/sets", tags=["sets"], route_class=KnownRoute)


def _target(target: Annotated[str, Path(description="target id", examples=["line-emoji"])]) -> str:
    return targets.find(target).id


TargetId = Annotated[str, Depends(_target)]


@router.get("", summary="The sets of a job", responses=openapi.problems(404))
async def list_sets(job: JobId, owner: Owner, links: Services) -> rest.SetList:
    """The newest set per target."""
    answer = await read(links.jobs.GetJob, jobs_pb2.GetJobRequest(owner=owner, job_id=job))
    return rest.SetList(sets=[to_rest.emoji_set(item) for item in answer.job.sets])


@router.get("/{target}", summary="One set", responses=openapi.problems(404, 422))
async def get_set(job: JobId, target: TargetId, owner: Owner, links: Services) -> rest.EmojiSet:
    """The newest set of a target."""
    request = sets_pb2.GetSetRequest(owner=owner, job_id=job, target=target)
    return to_rest.emoji_set((await read(links.sets.GetSet, request)).set)


@router.put(
    "/{target}/order",
    summary="Choose order and tab image",
    responses=openapi.problems(404, 409, 413, 415, 422),
)
async def arrange_set(
    job: JobId, target: TargetId, owner: Owner, links: Services, asked: rest.Arrangement
) -> rest.EmojiSet:
    """Chooses the order of the emoji and the tab image; a new set is made."""
    request = sets_pb2.ArrangeSetRequest(
        owner=owner, job_id=job, target=target, action_ids=asked.action_ids, tab_action_id=asked.tab_action_id or ""
    )
    return to_rest.emoji_set((await write(links.sets.ArrangeSet, request, repeatable=True)).set)


@router.get(
    "/{target}/zip",
    summary="Download a set",
    response_class=Response,
    responses=openapi.files("application/zip", redirects=True) | openapi.problems(404, 409, 422, 500),
)
async def get_zip(
    request: Request,
    job: JobId,
    target: TargetId,
    owner: Owner,
    links: Services,
    redirect: files.Redirect = False,
) -> Response:
    """The zip of the newest set, also of one that breaks rules. 409 while there is none."""
    asked = sets_pb2.GetSetRequest(owner=owner, job_id=job, target=target)
    found = (await read(links.sets.GetSet, asked)).set
    if not found.HasField("zip"):
        raise errors.WrongState(f"The {target} set has no zip yet; wait for the event set.changed and ask again.")
    artifact = await files.find(links.store, owner, found.zip.key)
    name = f"{target}-{found.number}.zip"
    return await files.respond(
        links.store, artifact, request, caching=files.ASK_AGAIN, attachment=name, redirect=redirect
    )
