"""A job's events."""

import contextlib
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import StreamingResponse

from popcon import errors
from popcon.rest.common import INT64_MAX
from popcon.v1 import jobs_pb2
from services.gateway import openapi, watching
from services.gateway.access import KnownRoute
from services.gateway.links import Links, read
from services.gateway.params import JobId, Owner, Services

router = APIRouter(prefix="/v1/jobs/{job}/events", tags=["events"], route_class=KnownRoute)


@router.get(
    "",
    summary="Follow a job",
    response_class=StreamingResponse,
    responses=openapi.event_stream() | openapi.problems(404, 422),
)
async def watch_job(
    job: JobId,
    owner: Owner,
    links: Services,
    after: Annotated[int, Query(ge=0, le=INT64_MAX, description="events after this number; 0 for all")] = 0,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=INT64_MAX, description="as `after`, and before it; browsers send it by themselves")
    ] = None,
) -> StreamingResponse:
    """What happened to the job, then what happens, as server-sent events.

    `id` is the event's number, `event` its type, `data` the event as JSON. Progress has no id and is not kept.
    """
    # Whether there is such a job must be known before the answer has begun.
    found = await read(links.jobs.GetJob, jobs_pb2.GetJobRequest(owner=owner, job_id=job))
    if found.job.HasField("deleted_at"):
        raise errors.NotFound("The job was deleted; bring it back before you follow it.")
    stream = _stream(links, owner, job, after if last_event_id is None else last_event_id)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def _stream(links: Links, owner: str, job: str, after: int) -> AsyncGenerator[bytes, None]:
    """Closes what it opened at once when the client leaves, not when the garbage collector comes by."""
    async with (
        contextlib.aclosing(watching.events(links, owner, job, after)) as source,
        contextlib.aclosing(watching.frames(source, links.stop)) as frames,
    ):
        async for frame in frames:
            yield frame
