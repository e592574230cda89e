"""Whatever is wrong with a request is said with its own code, and nothing is half made."""

import time
from typing import Any

import pytest

from popcon import errors, ids, rpc
from popcon.v1 import common_pb2, edits_pb2, jobs_pb2, runs_pb2, sets_pb2
from tests.fixtures.orchestrator import Orchestrator, an_action
from tests.fixtures.work import Hand

MEGABYTE = "x" * 1_000_000
UNKNOWN_ENUM = 99

Direction = common_pb2.Direction
Options = jobs_pb2.JobOptions

BAD_JOBS: dict[str, tuple[type[errors.PopconError], str, dict[str, Any]]] = {
    "no actions": (errors.NoActions, "actions", {"actions": []}),
    "41 actions": (errors.TooManyActions, "actions", {"actions": [an_action()] * 41}),
    "unknown preset": (
        errors.UnknownPreset,
        "actions[1].preset",
        {"actions": [an_action(), an_action("joyy")]},
    ),
    "preset of 1 MB": (errors.UnknownPreset, "actions[0].preset", {"actions": [an_action(MEGABYTE)]}),
    "neither preset nor prompt": (
        errors.InvalidRequest,
        "actions[0].action_prompt",
        {"actions": [jobs_pb2.ActionSpec(direction=Direction(action_prompt="  "))]},
    ),
    "prompt of 1 MB": (
        errors.PromptTooLong,
        "actions[0].action_prompt",
        {"actions": [jobs_pb2.ActionSpec(direction=Direction(preset="joy", action_prompt=MEGABYTE))]},
    ),
    "effect prompt of 1 MB": (
        errors.PromptTooLong,
        "actions[0].effect_prompt",
        {"actions": [jobs_pb2.ActionSpec(direction=Direction(preset="joy", effect_prompt=MEGABYTE))]},
    ),
    "label of 1 MB": (
        errors.InvalidRequest,
        "actions[0].label",
        {"actions": [jobs_pb2.ActionSpec(direction=Direction(preset="joy"), label=MEGABYTE)]},
    ),
    "name of 1 MB": (errors.InvalidRequest, "name", {"name": MEGABYTE}),
    "unknown target": (errors.UnknownTarget, "options.targets", {"options": Options(targets=["line"])}),
    "target of 1 MB": (errors.UnknownTarget, "options.targets", {"options": Options(targets=[MEGABYTE])}),
    "a target twice": (errors.InvalidRequest, "options.targets", {"options": Options(targets=["web", "web"])}),
    "5 takes": (errors.InvalidRequest, "options.takes", {"options": Options(takes=5)}),
    "-1 takes": (errors.InvalidRequest, "options.takes", {"options": Options(takes=-1)}),
    "negative seed": (errors.InvalidRequest, "options.seed", {"options": Options(seed=-1)}),
    "huge seed": (errors.InvalidRequest, "options.seed", {"options": Options(seed=2**31)}),
    "backend of 1 MB": (errors.UnknownBackend, "motion_backend", {"options": Options(motion_backend=MEGABYTE)}),
    "unknown picture": (errors.NotFound, "picture_id", {"picture_id": ids.new(ids.PICTURE)}),
    "picture id of 1 MB": (errors.NotFound, "picture_id", {"picture_id": MEGABYTE}),
    "key of 1 MB": (errors.InvalidRequest, "idempotency_key", {"idempotency_key": MEGABYTE}),
}


@pytest.mark.parametrize("name", BAD_JOBS)
async def test_a_bad_job_is_refused_and_nothing_is_written(house: Orchestrator, name: str) -> None:
    kind, field, wrong = BAD_JOBS[name]
    picture = await house.picture()
    before = await house.count()
    right = {"owner": "local", "picture_id": picture.id, "actions": [an_action()]}
    began = time.monotonic()
    with pytest.raises(errors.PopconError) as caught:
        await rpc.call(house.jobs.CreateJob, jobs_pb2.CreateJobRequest(**{**right, **wrong}))
    assert (type(caught.value), caught.value.field) == (kind, field)
    assert len(caught.value.message) <= 1_000
    assert await house.count() == before
    assert time.monotonic() - began < 2, "it kept everybody waiting"
    assert await house.create()


async def test_unknown_ids_are_not_found(house: Orchestrator) -> None:
    about = {"owner": "local", "action_id": ids.new(ids.ACTION)}
    job = {"owner": "local", "job_id": ids.new(ids.JOB)}
    edit = {"owner": "local", "edit_id": ids.new(ids.EDIT), "version": 1}
    calls = [
        (house.jobs.GetJob, jobs_pb2.GetJobRequest(**job)),
        (house.jobs.DeleteJob, jobs_pb2.DeleteJobRequest(**job)),
        (house.jobs.UndeleteJob, jobs_pb2.UndeleteJobRequest(**job)),
        (house.jobs.ApproveJob, jobs_pb2.ApproveJobRequest(**job)),
        (house.jobs.ResumeJob, jobs_pb2.ResumeJobRequest(**job)),
        (house.jobs.CancelJob, jobs_pb2.CancelJobRequest(**job)),
        (house.jobs.ApproveAction, jobs_pb2.ApproveActionRequest(**about, version=1)),
        (house.jobs.RegenerateAction, jobs_pb2.RegenerateActionRequest(**about)),
        (house.jobs.ResumeAction, jobs_pb2.ResumeActionRequest(**about)),
        (house.jobs.SkipRefine, jobs_pb2.SkipRefineRequest(**about)),
        (house.jobs.CancelAction, jobs_pb2.CancelActionRequest(**about)),
        (house.edits.OpenEdit, edits_pb2.OpenEditRequest(**about)),
        (house.edits.GetEdit, edits_pb2.GetEditRequest(owner="local", edit_id=edit["edit_id"])),
        (house.edits.AppendOperation, edits_pb2.AppendOperationRequest(**edit)),
        (house.edits.UndoOperation, edits_pb2.UndoOperationRequest(**edit)),
        (house.edits.RedoOperation, edits_pb2.RedoOperationRequest(**edit)),
        (house.edits.ApplyEdit, edits_pb2.ApplyEditRequest(**edit)),
        (house.edits.DiscardEdit, edits_pb2.DiscardEditRequest(**edit)),
        (house.sets.GetSet, sets_pb2.GetSetRequest(**job, target="line-emoji")),
        (house.sets.ArrangeSet, sets_pb2.ArrangeSetRequest(**job, target="line-emoji")),
        (house.runs.Heartbeat, runs_pb2.HeartbeatRequest(run_id=ids.new(ids.RUN), attempt=1)),
        (house.runs.Release, runs_pb2.ReleaseRequest(run_id=ids.new(ids.RUN), attempt=1)),
    ]
    for call, request in calls:
        with pytest.raises(errors.NotFound):
            await rpc.call(call, request)
    assert set((await house.count()).values()) == {0}


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (jobs_pb2.ListJobsRequest(owner="local", cursor="nonsense"), "cursor"),
        (jobs_pb2.ListJobsRequest(owner="local", cursor="!!"), "cursor"),
        (jobs_pb2.ListJobsRequest(owner="local", cursor="ÄÖ"), "cursor"),
        (jobs_pb2.ListJobsRequest(owner="local", cursor="a"), "cursor"),
        (jobs_pb2.ListJobsRequest(owner="local", limit=-1), "limit"),
        (jobs_pb2.ListJobsRequest(owner="local", states=[UNKNOWN_ENUM]), "states"),
        (jobs_pb2.ListJobsRequest(owner="local", states=[0]), "states"),
    ],
)
async def test_a_bad_list_is_refused(house: Orchestrator, request_: jobs_pb2.ListJobsRequest, field: str) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        await rpc.call(house.jobs.ListJobs, request_)
    assert caught.value.field == field


async def test_a_stage_that_is_none_is_refused(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    about = {"owner": "local", "action_id": job.actions[0].id}
    for stage in (common_pb2.STAGE_ASSEMBLE, UNKNOWN_ENUM):
        selection = common_pb2.Selection(stage=stage, run=1)
        for call, request, field in (
            (house.jobs.ResumeAction, jobs_pb2.ResumeActionRequest(**about, stage=stage), "stage"),
            (house.jobs.ResumeJob, jobs_pb2.ResumeJobRequest(owner="local", job_id=job.id, stage=stage), "stage"),
            (house.jobs.SelectTake, jobs_pb2.SelectTakeRequest(**about, selection=selection), "selection.stage"),
        ):
            with pytest.raises(errors.UnknownStage) as caught:
                await rpc.call(call, request)
            assert caught.value.field == field
    with pytest.raises(errors.UnknownStage):
        await rpc.call(house.jobs.SelectTake, jobs_pb2.SelectTakeRequest(**about))


async def test_the_wrong_state_is_said_with_the_state(house: Orchestrator) -> None:
    job = await house.create()
    about = {"owner": "local", "action_id": job.actions[0].id}
    before = await house.job(job.id)
    for call, request in (
        (house.jobs.ApproveAction, jobs_pb2.ApproveActionRequest(**about)),
        (house.jobs.SkipRefine, jobs_pb2.SkipRefineRequest(**about)),
        (house.jobs.ResumeAction, jobs_pb2.ResumeActionRequest(**about)),
        (house.edits.OpenEdit, edits_pb2.OpenEditRequest(**about)),
    ):
        with pytest.raises(errors.WrongState, match="queued"):
            await rpc.call(call, request)
    with pytest.raises(errors.InputsMissing):
        await rpc.call(house.jobs.ResumeAction, jobs_pb2.ResumeActionRequest(**about, stage=common_pb2.STAGE_MATTE))
    assert await house.job(job.id) == before


async def test_a_stale_version_is_refused(house: Orchestrator) -> None:
    job = await house.create()
    action = job.actions[0]
    about = {"owner": "local", "action_id": action.id, "version": action.version + 1}
    for call, kind in (
        (house.jobs.ApproveAction, jobs_pb2.ApproveActionRequest),
        (house.jobs.RegenerateAction, jobs_pb2.RegenerateActionRequest),
        (house.jobs.ResumeAction, jobs_pb2.ResumeActionRequest),
        (house.jobs.SkipRefine, jobs_pb2.SkipRefineRequest),
        (house.jobs.CancelAction, jobs_pb2.CancelActionRequest),
        (house.edits.OpenEdit, edits_pb2.OpenEditRequest),
    ):
        with pytest.raises(errors.StaleVersion) as caught:
            await rpc.call(call, kind(**about))
        assert caught.value.field == "version"
    assert await house.job(job.id) == job


async def test_bad_new_words_are_refused(house: Orchestrator) -> None:
    job = await house.create()
    about = {"owner": "local", "action_id": job.actions[0].id}
    for direction, kind in (
        (Direction(preset="nope"), errors.UnknownPreset),
        (Direction(preset="joy", action_prompt=MEGABYTE), errors.PromptTooLong),
    ):
        with pytest.raises(kind):
            await rpc.call(house.jobs.RegenerateAction, jobs_pb2.RegenerateActionRequest(**about, direction=direction))
    assert await house.job(job.id) == job


async def test_bad_arrangements_are_refused(house: Orchestrator) -> None:
    job = await house.create("joy", "cry")
    about = {"owner": "local", "job_id": job.id, "target": "line-emoji"}
    action_ids = [action.id for action in job.actions]
    for wrong, kind in (
        ({"action_ids": action_ids[:1]}, errors.InvalidRequest),
        ({"action_ids": [action_ids[0]] * 2}, errors.InvalidRequest),
        ({"action_ids": [*action_ids, ids.new(ids.ACTION)]}, errors.InvalidRequest),
        ({"tab_action_id": ids.new(ids.ACTION)}, errors.NotFound),
        ({"target": "web"}, errors.NotFound),
    ):
        with pytest.raises(kind):
            await rpc.call(house.sets.ArrangeSet, sets_pb2.ArrangeSetRequest(**{**about, **wrong}))
    with pytest.raises(errors.NotFound):
        await rpc.call(house.sets.GetSet, sets_pb2.GetSetRequest(**{**about, "target": "web"}))
    assert await house.job(job.id) == job


async def test_a_worker_that_says_nothing_is_refused(house: Orchestrator) -> None:
    with pytest.raises(errors.InvalidRequest):
        await rpc.call(house.runs.Claim, runs_pb2.ClaimRequest(run_id="run_x"))
    with pytest.raises(errors.InvalidRequest):
        await rpc.call(house.runs.Complete, runs_pb2.CompleteRequest(run_id="run_x", attempt=1))
