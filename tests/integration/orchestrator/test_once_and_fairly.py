"""What must neither happen twice nor be lost, told by the cases in which it once was."""

import pytest

from popcon import errors, rpc
from popcon.v1 import common_pb2, edits_pb2, jobs_pb2, runs_pb2, sets_pb2
from services.orchestrator import tables
from services.orchestrator.rules import retry
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.work import SETTLED, TAKEN, Hand


async def finished(house: Orchestrator, hand: Hand, **options: object) -> jobs_pb2.Action:
    job = await house.create(**options)
    await hand.work(job.id)
    return (await house.job(job.id)).actions[0]


async def applied(house: Orchestrator, action: jobs_pb2.Action) -> None:
    """Opens an edit on the action, restores everything and applies it."""
    opened = (await rpc.call(house.edits.OpenEdit, edits_pb2.OpenEditRequest(owner="local", action_id=action.id))).edit
    restore = runs_pb2.Operation(kind="restore")
    request = edits_pb2.AppendOperationRequest(owner="local", edit_id=opened.id, version=1, operation=restore)
    await rpc.call(house.edits.AppendOperation, request)
    await rpc.call(house.edits.ApplyEdit, edits_pb2.ApplyEditRequest(owner="local", edit_id=opened.id, version=2))


async def test_an_attempt_that_ended_is_not_counted_again_when_its_worker_reports(
    house: Orchestrator, hand: Hand
) -> None:
    held = await hand.start((await house.create()).id)
    await house.end_lease(held.run_id)
    await house.reconciler.end_leases()
    assert await hand.fail(held, "deadline_passed", retryable=True) == SETTLED
    row = await house.run_row(held.run_id)
    assert (row["state"], row["losses"], row["tries"]) == ("queued", 1, 0)


async def test_a_beat_that_comes_after_the_end_brings_nothing_back(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    assert await hand.succeed(held) == TAKEN
    assert await hand.beat(held, 0.9) == SETTLED
    assert (await house.run_row(held.run_id))["state"] == "succeeded"


async def test_a_select_that_changes_nothing_does_not_stand_in_the_way(house: Orchestrator, hand: Hand) -> None:
    job = await house.create(takes=2, review=True)
    await hand.work(job.id)
    action = (await house.job(job.id)).actions[0]

    async def select(take: int) -> jobs_pb2.Action:
        pick = common_pb2.Selection(stage=common_pb2.STAGE_STARTFRAME, run=1, take=take)
        asked = jobs_pb2.SelectTakeRequest(owner="local", action_id=action.id, version=action.version, selection=pick)
        return (await rpc.call(house.jobs.SelectTake, asked)).action

    assert (await select(1)).version == action.version
    assert [pick.take for pick in (await select(2)).selected] == [2]


async def test_a_failed_edit_gives_the_operations_back(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    await applied(house, action)
    await hand.fail(await hand.start(action.job_id), "unknown_backend")
    now = (await house.job(action.job_id)).actions[0]
    assert (now.state, now.failure.code) == (jobs_pb2.ACTION_STATE_AWAITING_REFINE, "unknown_backend")
    edit = (await rpc.call(house.edits.GetEdit, edits_pb2.GetEditRequest(owner="local", edit_id=now.edit_id))).edit
    assert (edit.state, len(edit.operations)) == (edits_pb2.EDIT_STATE_OPEN, 1)


async def test_cancelling_a_touch_up_leaves_the_emoji_finished(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    await rpc.call(house.edits.OpenEdit, edits_pb2.OpenEditRequest(owner="local", action_id=action.id))
    await rpc.call(house.jobs.CancelJob, jobs_pb2.CancelJobRequest(owner="local", job_id=action.job_id))
    assert (await house.job(action.job_id)).actions[0].state == jobs_pb2.ACTION_STATE_DONE


async def test_a_set_that_failed_is_made_again_when_a_person_asks(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.work(job.id, until="assemble")
    await hand.fail(await hand.start(job.id), "picture_blank")
    assert (await house.job(job.id)).sets[0].state == sets_pb2.SET_STATE_FAILED
    await rpc.call(house.jobs.ResumeJob, jobs_pb2.ResumeJobRequest(owner="local", job_id=job.id))
    await hand.work(job.id)
    made = (await house.job(job.id)).sets[0]
    assert (made.number, made.state) == (2, sets_pb2.SET_STATE_COMPLETE)


async def test_a_job_resumed_twice_with_one_key_is_resumed_once(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    again = jobs_pb2.ResumeJobRequest(
        owner="local", job_id=action.job_id, stage=common_pb2.STAGE_MOTION, idempotency_key="k"
    )
    first = await rpc.call(house.jobs.ResumeJob, again)
    second = await rpc.call(house.jobs.ResumeJob, again)
    assert first == second
    assert len(await house.rows(tables.runs, tables.runs.c.stage == "motion")) == 2


async def test_an_owner_that_can_be_no_part_of_a_key_is_refused(house: Orchestrator) -> None:
    with pytest.raises(errors.InvalidRequest):
        await house.picture(owner="a@b/c")


async def test_an_outage_is_waited_for_longer_than_a_failure(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    for _ in range(retry.ERRORS_MAX + 2):
        run = (await hand.queued(job.id))[0]
        await house.set(tables.runs, tables.runs.c.id == run["id"], not_before=0)
        assert await hand.fail(await hand.take(run["id"]), "unavailable", retryable=True) == TAKEN
    assert (await house.job(job.id)).actions[0].state == jobs_pb2.ACTION_STATE_RUNNING


async def test_a_job_names_its_key_files_and_a_run_all_of_them(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    matte = next(run for run in action.runs if run.stage == common_pb2.STAGE_MATTE)
    frame = {"key": "owners/local/f", "size": 1, "sha256": "0" * 64, "media_type": "image/png"}
    outputs = [{**frame, "name": "finished/frames/0000.png"}, {**frame, "name": "effects.json"}]
    await house.set(tables.runs, tables.runs.c.id == matte.id, outputs=outputs)
    listed = next(run for run in (await house.job(action.job_id)).actions[0].runs if run.id == matte.id)
    whole = (await rpc.call(house.jobs.GetRun, jobs_pb2.GetRunRequest(owner="local", run_id=matte.id))).run
    assert [output.name for output in listed.outputs] == ["effects.json"]
    assert [output.name for output in whole.outputs] == ["finished/frames/0000.png", "effects.json"]
