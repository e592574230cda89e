"""Actions of a job. A change names the version that its caller saw, so that a second click is no second change."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from popcon import errors, rest
from popcon.v1 import jobs_pb2
from services.gateway import checks, openapi, to_proto, to_rest
from services.gateway.access import KnownRoute
from services.gateway.links import Links, read, write
from services.gateway.params import ActionId, IdempotencyKey, JobId, Owner, Services

router = APIRouter(prefix="/v1/jobs/{job}/actions/{action}", tags=["actions"], route_class=KnownRoute)

CHANGE = openapi.problems(404, 409, 413, 415, 422)


async def find(links: Links, owner: str, job: str, action: str) -> jobs_pb2.Action:
    """The action, if it is one of the job's. Changes look first: their calls name the action alone."""
    answer = await read(links.jobs.GetJob, jobs_pb2.GetJobRequest(owner=owner, job_id=job))
    for item in answer.job.actions:
        if item.id == action:
            found: jobs_pb2.Action = item
            return found
    raise errors.NotFound(f"The job has no action {action}; look at the id again.")


async def _change(method: Any, request: Any) -> rest.Action:
    """With a version or a key the same change again is no second one, so it may be repeated."""
    repeatable = bool(request.version or getattr(request, "idempotency_key", ""))
    return to_rest.action((await write(method, request, repeatable=repeatable)).action)


@router.get("", summary="One action", responses=openapi.problems(404))
async def get_action(job: JobId, action: ActionId, owner: Owner, links: Services) -> rest.Action:
    """An action with its runs, from the job."""
    return to_rest.action(await find(links, owner, job, action))


@router.post("/approve", summary="Accept a take", responses=CHANGE)
async def approve_action(
    job: JobId, action: ActionId, owner: Owner, links: Services, asked: Annotated[rest.Approval | None, Body()] = None
) -> rest.Action:
    """Accepts a take of the start frames and goes on. The same version again returns the first answer."""
    await find(links, owner, job, action)
    asked = asked or rest.Approval()
    request = jobs_pb2.ApproveActionRequest(
        owner=owner, action_id=action, version=asked.version, run=asked.run, take=asked.take
    )
    return await _change(links.jobs.ApproveAction, request)


@router.post("/regenerate", summary="Ask for new start frames", responses=CHANGE)
async def regenerate_action(
    job: JobId,
    action: ActionId,
    owner: Owner,
    links: Services,
    idempotency_key: IdempotencyKey,
    asked: Annotated[rest.Regeneration | None, Body()] = None,
) -> rest.Action:
    """Makes new start frames, with the old words or new ones."""
    asked = asked or rest.Regeneration()
    if asked.direction:
        checks.check_words(asked.direction, "direction")
    await find(links, owner, job, action)
    direction = to_proto.direction(asked.direction) if asked.direction else None
    request = jobs_pb2.RegenerateActionRequest(
        owner=owner,
        action_id=action,
        version=asked.version,
        direction=direction,
        idempotency_key=idempotency_key,
    )
    return await _change(links.jobs.RegenerateAction, request)


@router.post("/select", summary="Bring an earlier run or take back", responses=CHANGE)
async def select_take(
    job: JobId, action: ActionId, owner: Owner, links: Services, asked: rest.TakeChoice
) -> rest.Action:
    """Picks a run and take; what was made from another is shown as outdated and made again on request."""
    await find(links, owner, job, action)
    request = jobs_pb2.SelectTakeRequest(
        owner=owner, action_id=action, version=asked.version, selection=to_proto.selection(asked.selection)
    )
    return await _change(links.jobs.SelectTake, request)


@router.post("/resume", summary="Restart from a stage", responses=CHANGE)
async def resume_action(
    job: JobId,
    action: ActionId,
    owner: Owner,
    links: Services,
    idempotency_key: IdempotencyKey,
    asked: Annotated[rest.Resumption | None, Body()] = None,
) -> rest.Action:
    """Restarts the action from a stage whose inputs exist, or where it stopped."""
    await find(links, owner, job, action)
    asked = asked or rest.Resumption()
    request = jobs_pb2.ResumeActionRequest(
        owner=owner,
        action_id=action,
        version=asked.version,
        stage=to_proto.stage(asked.stage),
        idempotency_key=idempotency_key,
    )
    return await _change(links.jobs.ResumeAction, request)


@router.post("/skip", summary="Leave the refine gate", responses=CHANGE)
async def skip_refine(
    job: JobId,
    action: ActionId,
    owner: Owner,
    links: Services,
    asked: Annotated[rest.VersionOfAction | None, Body()] = None,
) -> rest.Action:
    """Goes on with the matte as it is."""
    await find(links, owner, job, action)
    version = asked.version if asked else 0
    request = jobs_pb2.SkipRefineRequest(owner=owner, action_id=action, version=version)
    return await _change(links.jobs.SkipRefine, request)


@router.post("/cancel", summary="Stop an action", responses=CHANGE)
async def cancel_action(
    job: JobId,
    action: ActionId,
    owner: Owner,
    links: Services,
    asked: Annotated[rest.VersionOfAction | None, Body()] = None,
) -> rest.Action:
    """Stops the action; a finished one stays finished."""
    await find(links, owner, job, action)
    version = asked.version if asked else 0
    request = jobs_pb2.CancelActionRequest(owner=owner, action_id=action, version=version)
    return await _change(links.jobs.CancelAction, request)
