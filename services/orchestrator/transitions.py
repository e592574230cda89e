"""What people do to actions: approve, regenerate, select, resume, skip, cancel; one action or a whole job at once.

A call names the version of the action that the person saw. The same call with the same version is answered as the
first was, so a double click is one transition; another call with an old version is `StaleVersion`. Version 0 takes
whatever holds now.

Regenerating and resuming begin work anew, so they pass the door like a new job; what continues work that was let in
(approving, selecting, skipping) is never refused there.
"""

from collections.abc import Awaitable, Callable

import sqlalchemy as sa

from popcon import errors
from popcon.v1 import common_pb2, jobs_pb2
from services.orchestrator import actions, jobs, replies, requests, tables, views
from services.orchestrator.change import change
from services.orchestrator.database import Row
from services.orchestrator.rules.action import (
    Approved,
    Cancelled,
    Event,
    Pick,
    Regenerated,
    Resumed,
    Selected,
    Skipped,
    Slot,
    Stage,
    State,
)  # fmt: skip
from services.orchestrator.tx import JobChange, Tx

_ActionRequest = (
    jobs_pb2.ApproveActionRequest | jobs_pb2.RegenerateActionRequest | jobs_pb2.SelectTakeRequest
    | jobs_pb2.ResumeActionRequest | jobs_pb2.SkipRefineRequest | jobs_pb2.CancelActionRequest
)  # fmt: skip
Act = Callable[[JobChange, actions.Loaded], Awaitable[None]]
Admit = Callable[[JobChange, int], Awaitable[None]]
"""Lets a job begin some runs, or raises `Overloaded`; asked last, so that what is wrong anyway is said first."""


async def approve(tx: Tx, request: jobs_pb2.ApproveActionRequest) -> jobs_pb2.Action:
    """Accepts a take and goes on to motion."""

    async def act(job: JobChange, loaded: actions.Loaded) -> None:
        picked = pick(loaded, Slot(Stage.STARTFRAME), request.run, request.take)
        await actions.advance(job, loaded, Approved(picked))

    return await _transition(tx, "approve", request, act)


async def regenerate(tx: Tx, request: jobs_pb2.RegenerateActionRequest, admit: Admit) -> jobs_pb2.Action:
    """Asks for new start frames, with other words where the request has some."""
    columns = None
    if request.HasField("direction"):
        columns = {"direction": requests.direction(request.direction, "direction")}

    async def act(job: JobChange, loaded: actions.Loaded) -> None:
        await actions.advance(job, loaded, Regenerated(), columns=columns)
        await admit(job, 1)

    return await _transition(tx, "regenerate", request, act, request.idempotency_key)


async def select(tx: Tx, request: jobs_pb2.SelectTakeRequest) -> jobs_pb2.Action:
    """Picks an earlier run or take."""
    picked = request.selection
    stage = stage_of(picked.stage, "selection.stage")
    if stage is None:
        raise errors.UnknownStage("Name the stage: startframe, motion, matte or pack.", field="selection.stage")

    async def act(job: JobChange, loaded: actions.Loaded) -> None:
        event = Selected(Slot(stage, picked.target), Pick(picked.run, picked.take or 1))
        await actions.advance(job, loaded, event)

    return await _transition(tx, "select", request, act)


async def resume(tx: Tx, request: jobs_pb2.ResumeActionRequest, admit: Admit) -> jobs_pb2.Action:
    """Restarts an action from a stage."""
    event = Resumed(stage_of(request.stage))

    async def act(job: JobChange, loaded: actions.Loaded) -> None:
        await actions.advance(job, loaded, event)
        await admit(job, 1)

    return await _transition(tx, "resume", request, act, request.idempotency_key)


async def skip(tx: Tx, request: jobs_pb2.SkipRefineRequest) -> jobs_pb2.Action:
    """Leaves the refine gate."""
    return await _transition(tx, "skip", request, _happens(Skipped()))


async def cancel(tx: Tx, request: jobs_pb2.CancelActionRequest) -> jobs_pb2.Action:
    """Stops an action; a finished one stays finished."""
    return await _transition(tx, "cancel", request, _happens(Cancelled()))


async def approve_job(tx: Tx, request: jobs_pb2.ApproveJobRequest) -> jobs_pb2.Job:
    """Approves every action that awaits review."""
    return await _each(tx, request.owner, request.job_id, Approved(), {State.AWAITING_REVIEW})


async def resume_job(tx: Tx, request: jobs_pb2.ResumeJobRequest, admit: Admit) -> jobs_pb2.Job:
    """Restarts failed and cancelled actions, or with a stage every action whose inputs of it exist."""
    stage = stage_of(request.stage)
    states = set(State) if stage else {State.FAILED, State.CANCELLED}
    return await _each(tx, request.owner, request.job_id, Resumed(stage), states, admit)


async def cancel_job(tx: Tx, request: jobs_pb2.CancelJobRequest) -> jobs_pb2.Job:
    """Stops every action that is not finished."""
    return await _each(tx, request.owner, request.job_id, Cancelled(), set(State))


async def job_of(tx: Tx, owner: str, action_id: str) -> str:
    """The job of an action. Raises `NotFound`."""
    held = tables.actions
    row = await tx.one(sa.select(held.c.job_id).where(held.c.id == action_id, held.c.owner == owner))
    if row is None:
        raise errors.NotFound(f"There is no action {action_id}; get its job to find its id.")
    return str(row["job_id"])


async def view(tx: Tx, action_id: str) -> jobs_pb2.Action:
    """An action as it now is."""
    held, made, all_jobs = tables.actions, tables.runs, tables.jobs
    row = (await tx.all(sa.select(held).where(held.c.id == action_id)))[0]
    options = (await tx.all(sa.select(all_jobs.c.options).where(all_jobs.c.id == row["job_id"])))[0]["options"]
    where = (made.c.job_id == row["job_id"], made.c.action_id == action_id)
    run_rows = await tx.all(sa.select(made).where(*where).order_by(made.c.id))
    return views.action(row, options, run_rows)


def check_version(row: Row, version: int, what: str) -> None:
    """Raises `StaleVersion` when somebody changed the row since `version` (0 takes whatever holds)."""
    if version and row["version"] != version:
        raise errors.StaleVersion(
            f"The {what} is at version {row['version']} and you saw {version}: look at it again.", field="version"
        )


async def _transition(tx: Tx, name: str, request: _ActionRequest, act: Act, key: str = "") -> jobs_pb2.Action:
    """The change of an action, once under the version that was seen or, where it names none, under the client's key."""
    job_id = await job_of(tx, request.owner, request.action_id)

    async def make() -> jobs_pb2.Action:
        async with change(tx, job_id, request.owner) as job:
            loaded = await actions.load(job, request.action_id)
            check_version(loaded.row, request.version, "action")
            await act(job, loaded)
        return await view(tx, request.action_id)

    if not request.version and not key:
        return await make()
    if not request.version:
        at = replies.Key(request.owner, f"{name}:{request.action_id}:key", replies.check_key(key))
        mismatch = errors.IdempotencyMismatch(replies.MISMATCH)
        return await replies.once(tx, at, request, make, jobs_pb2.Action, mismatch)
    stale = errors.StaleVersion("The same version was already used for another request: look at the action again.")
    at = replies.Key(request.owner, f"{name}:{request.action_id}", str(request.version))
    # What changed nothing can be said again, and must not stand in the way of another request with this version.
    seen = _keyless(request)
    return await replies.once(
        tx, at, seen, make, jobs_pb2.Action, stale, keep=lambda action: action.version != request.version
    )


def _keyless(request: _ActionRequest) -> _ActionRequest:
    """The request as its version counts it: whatever key it came with."""
    if not isinstance(request, jobs_pb2.RegenerateActionRequest | jobs_pb2.ResumeActionRequest):
        return request
    seen = type(request).FromString(request.SerializeToString())
    seen.ClearField("idempotency_key")
    return seen


async def _each(
    tx: Tx, owner: str, job_id: str, event: Event, states: set[State], admit: Admit | None = None
) -> jobs_pb2.Job:
    moved = 0
    async with change(tx, job_id, owner) as job:
        if admit:
            job.retry_sets = True
            job.event("job.resumed")
        for loaded in await jobs.load_all(job):
            if loaded.action.state not in states:
                continue
            try:
                await actions.advance(job, loaded, event)
            except errors.InputsMissing:
                continue
            moved += 1
        if admit and moved:
            await admit(job, moved)
    return await jobs.get(tx, owner, job_id)


def _happens(event: Event) -> Act:
    async def act(job: JobChange, loaded: actions.Loaded) -> None:
        await actions.advance(job, loaded, event)

    return act


def pick(loaded: actions.Loaded, slot: Slot, run: int, take: int) -> Pick | None:
    """What a request names of a slot: 0 stands for the selected run and for its selected or else its first take. None
    where it names nothing."""
    selected = loaded.action.selected.get(slot)
    if not run and not take:
        return None
    run = run or (selected.run if selected else 0)
    chosen = selected.take if selected and selected.run == run else 1
    return Pick(run, take or chosen)


def stage_of(value: common_pb2.Stage, field: str = "stage") -> Stage | None:
    """The stage that a request names; None where it names none. Raises `UnknownStage`."""
    if value == common_pb2.STAGE_UNSPECIFIED:
        return None
    known = {common_pb2.Stage.Value(f"STAGE_{stage.upper()}"): stage for stage in Stage}
    if value not in known:
        raise errors.UnknownStage("That is no stage of an action: name startframe, motion, matte or pack.", field=field)
    return known[value]
