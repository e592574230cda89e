"""Jobs."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from popcon import errors, rest
from popcon.rest.common import Text
from popcon.v1 import jobs_pb2
from services.gateway import checks, job_form, openapi, to_proto, to_rest, uploads, waiting
from services.gateway.access import KnownRoute
from services.gateway.links import read, write
from services.gateway.params import IdempotencyKey, JobId, Owner, Services
from services.gateway.routes import pictures
from services.gateway.waiting import Wait

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=KnownRoute)


@router.post(
    "",
    status_code=201,
    summary="Make a job",
    responses=openapi.problems(404, 413, 415, 422),
    openapi_extra=openapi.job_body(),
)
async def create_job(
    request: Request,
    response: Response,
    owner: Owner,
    links: Services,
    idempotency_key: IdempotencyKey,
    wait_s: Wait,
) -> rest.Job:
    """Makes a job of an uploaded picture (JSON), or of a picture sent along (form). All or nothing.

    In the form, `actions` is repeated, or a comma list, or a JSON array of preset ids and action objects. Options are
    fields of their own: `review`, `refine`, `takes`, `targets`, `seed`, `name`, …
    """
    if uploads.is_form(request):
        new = await _from_form(request, owner, links)
    else:
        new = await _from_json(request)
    asked = to_proto.new_job(owner, new, idempotency_key)
    answer = await write(links.jobs.CreateJob, asked, repeatable=bool(idempotency_key))
    response.headers["Location"] = f"/v1/jobs/{answer.job.id}"
    return to_rest.job(await waiting.at_rest(links, owner, answer.job, wait_s, response))


async def _from_json(request: Request) -> rest.NewJob:
    if not uploads.media_type(request).endswith("json"):
        raise errors.UnsupportedMedia(
            "A job is sent as application/json, or with its picture as multipart/form-data; set Content-Type."
        )
    new = uploads.parsed(rest.NewJob, await request.body())
    checks.check_actions(new.actions)
    checks.check_targets(new.options.targets, "options.targets")
    return new


async def _from_form(request: Request, owner: str, links: Services) -> rest.NewJob:
    async with uploads.form(request) as fields:
        new = job_form.read(fields)
        # Everything that can be known is looked at before the picture is stored: nothing is half made.
        checks.check_actions(new.actions)
        checks.check_targets(new.options.targets, "targets")
        file = uploads.file_part(fields, "picture", uploads.is_picture)
        picture = await pictures.store(links, owner, file)
    return new.model_copy(update={"picture_id": picture.id})


@router.get("", summary="Jobs, newest first", responses=openapi.problems(422))
async def list_jobs(
    owner: Owner,
    links: Services,
    limit: Annotated[int, Query(ge=1, le=200, description="jobs per page")] = 50,
    cursor: Annotated[Text, Query(max_length=1_000, description="`next_cursor` of the page before")] = "",
    state: Annotated[list[rest.JobState] | None, Query(description="only these states; repeat it for more")] = None,
    search: Annotated[Text, Query(max_length=200, description="only names that contain this, case ignored")] = "",
    deleted: Annotated[bool, Query(description="deleted jobs instead of the others")] = False,
) -> rest.JobPage:
    """A page of jobs, each with its state, thumbnail and how far each action is."""
    request = jobs_pb2.ListJobsRequest(
        owner=owner,
        limit=limit,
        cursor=cursor,
        states=[f"JOB_STATE_{item.upper()}" for item in state or ()],
        search=search,
        deleted=deleted,
    )
    return to_rest.job_page(await read(links.jobs.ListJobs, request))


@router.get("/{job}", summary="One job", responses=openapi.problems(404, 422))
async def get_job(job: JobId, owner: Owner, links: Services, response: Response, wait_s: Wait) -> rest.Job:
    """A job with its actions, runs and sets."""
    found = (await read(links.jobs.GetJob, jobs_pb2.GetJobRequest(owner=owner, job_id=job))).job
    return to_rest.job(await waiting.at_rest(links, owner, found, wait_s, response))


@router.delete("/{job}", summary="Delete a job", responses=openapi.problems(404))
async def delete_job(job: JobId, owner: Owner, links: Services) -> rest.Deleted:
    """Hides a job at once and stops its work; it can be brought back for 24 hours."""
    request = jobs_pb2.DeleteJobRequest(owner=owner, job_id=job)
    answer = await write(links.jobs.DeleteJob, request, repeatable=True)
    return rest.Deleted(undo_until=to_rest.time(answer.undo_until))


@router.post("/{job}/undelete", summary="Bring a deleted job back", responses=openapi.problems(404, 409))
async def undelete_job(job: JobId, owner: Owner, links: Services) -> rest.Job:
    """Undoes a delete within its 24 hours."""
    request = jobs_pb2.UndeleteJobRequest(owner=owner, job_id=job)
    return to_rest.job((await write(links.jobs.UndeleteJob, request, repeatable=True)).job)


@router.post("/{job}/approve", summary="Approve all that awaits review", responses=openapi.problems(404, 409))
async def approve_job(job: JobId, owner: Owner, links: Services) -> rest.Job:
    """Approves every action that awaits review, with its selected take or its newest run's first."""
    request = jobs_pb2.ApproveJobRequest(owner=owner, job_id=job)
    return to_rest.job((await write(links.jobs.ApproveJob, request, repeatable=True)).job)


@router.post("/{job}/resume", summary="Restart what can be", responses=openapi.problems(404, 409, 413, 415, 422))
async def resume_job(
    job: JobId,
    owner: Owner,
    links: Services,
    idempotency_key: IdempotencyKey,
    asked: Annotated[rest.ResumptionOfJob | None, Body()] = None,
) -> rest.Job:
    """Restarts every action that can be, from a stage, or where each stopped."""
    stage = to_proto.stage(asked.stage if asked else None)
    request = jobs_pb2.ResumeJobRequest(owner=owner, job_id=job, stage=stage, idempotency_key=idempotency_key)
    return to_rest.job((await write(links.jobs.ResumeJob, request, repeatable=bool(idempotency_key))).job)


@router.post("/{job}/cancel", summary="Stop a job", responses=openapi.problems(404, 409))
async def cancel_job(job: JobId, owner: Owner, links: Services) -> rest.Job:
    """Stops every action that is not finished."""
    request = jobs_pb2.CancelJobRequest(owner=owner, job_id=job)
    return to_rest.job((await write(links.jobs.CancelJob, request, repeatable=True)).job)
