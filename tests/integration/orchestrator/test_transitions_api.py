"""What people do to actions, over real gRPC: one transition however often it is asked for."""

import asyncio

import pytest

from popcon import errors, rpc
from popcon.v1 import common_pb2, jobs_pb2
from services.orchestrator import reconciler, tables
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.work import Hand

STARTFRAME, MOTION, MATTE, PACK = (
    common_pb2.STAGE_STARTFRAME, common_pb2.STAGE_MOTION, common_pb2.STAGE_MATTE, common_pb2.STAGE_PACK,
)  # fmt: skip


async def at_review(house: Orchestrator, hand: Hand, *presets: str, **options: object) -> jobs_pb2.Job:
    """A job whose actions all await review, with two takes each."""
    job = await house.create(*presets, review=True, takes=2, **options)
    await hand.work(job.id)
    return await house.job(job.id)


async def finished(house: Orchestrator, hand: Hand, *presets: str, **options: object) -> jobs_pb2.Job:
    job = await house.create(*presets, **options)
    await hand.work(job.id)
    return await house.job(job.id)


async def approve(house: Orchestrator, action: jobs_pb2.Action, **request: int) -> jobs_pb2.Action:
    request = {"version": action.version, **request}
    message = jobs_pb2.ApproveActionRequest(owner="local", action_id=action.id, **request)
    return (await rpc.call(house.jobs.ApproveAction, message)).action


async def regenerate(house: Orchestrator, action: jobs_pb2.Action, **request: object) -> jobs_pb2.Action:
    message = jobs_pb2.RegenerateActionRequest(owner="local", action_id=action.id, version=action.version, **request)
    return (await rpc.call(house.jobs.RegenerateAction, message)).action


async def select(house: Orchestrator, action: jobs_pb2.Action, stage: int, run: int, take: int = 0) -> jobs_pb2.Action:
    selection = common_pb2.Selection(stage=stage, target="line-emoji" if stage == PACK else "", run=run, take=take)
    message = jobs_pb2.SelectTakeRequest(owner="local", action_id=action.id, selection=selection)
    return (await rpc.call(house.jobs.SelectTake, message)).action


async def resume(house: Orchestrator, action: jobs_pb2.Action, stage: int = 0) -> jobs_pb2.Action:
    message = jobs_pb2.ResumeActionRequest(owner="local", action_id=action.id, version=action.version, stage=stage)
    return (await rpc.call(house.jobs.ResumeAction, message)).action


async def cancel(house: Orchestrator, action: jobs_pb2.Action, version: int | None = None) -> jobs_pb2.Action:
    seen = action.version if version is None else version
    message = jobs_pb2.CancelActionRequest(owner="local", action_id=action.id, version=seen)
    return (await rpc.call(house.jobs.CancelAction, message)).action


def picked(action: jobs_pb2.Action) -> dict[int, tuple[int, int]]:
    return {selection.stage: (selection.run, selection.take) for selection in action.selected}


def numbers(action: jobs_pb2.Action, stage: int) -> list[int]:
    return [run.number for run in action.runs if run.stage == stage]


async def test_twenty_approvals_are_one_transition(house: Orchestrator, hand: Hand) -> None:
    (action,) = (await at_review(house, hand)).actions
    answers = await asyncio.gather(*(approve(house, action, run=1, take=2) for _ in range(20)))
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert (answers[0].state, answers[0].version) == (jobs_pb2.ACTION_STATE_QUEUED, action.version + 1)
    assert numbers(answers[0], MOTION) == [1]
    assert picked(answers[0])[STARTFRAME] == (1, 2)
    (run,) = [run for run in answers[0].runs if run.stage == MOTION]
    assert [(each.stage, each.run, each.take) for each in run.inputs] == [(STARTFRAME, 1, 2)]
    assert len(await hand.queued(action.job_id)) == 1


async def test_a_repeat_is_answered_as_the_first_was_even_when_the_action_went_on(
    house: Orchestrator, hand: Hand
) -> None:
    (action,) = (await at_review(house, hand)).actions
    first = await approve(house, action)
    await hand.work(action.job_id)
    before = await house.job(action.job_id)
    assert await approve(house, action) == first
    assert await house.job(action.job_id) == before


async def test_of_different_approvals_of_one_version_one_wins(house: Orchestrator, hand: Hand) -> None:
    (action,) = (await at_review(house, hand)).actions
    calls = [approve(house, action, run=1, take=1 + number % 2) for number in range(20)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    won = [answer for answer in answers if isinstance(answer, jobs_pb2.Action)]
    lost = [answer for answer in answers if not isinstance(answer, jobs_pb2.Action)]
    assert (len(won), {type(each) for each in lost}) == (10, {errors.StaleVersion})
    assert len(await hand.queued(action.job_id)) == 1


async def test_a_refused_approval_may_be_corrected(house: Orchestrator, hand: Hand) -> None:
    (action,) = (await at_review(house, hand)).actions
    with pytest.raises(errors.NotFound):
        await approve(house, action, run=1, take=3)
    assert (await approve(house, action, run=1, take=2)).state == jobs_pb2.ACTION_STATE_QUEUED


async def test_approval_takes_what_is_selected_unless_it_names_something(house: Orchestrator, hand: Hand) -> None:
    joy, cry = (await at_review(house, hand, "joy", "cry")).actions
    joy = await select(house, joy, STARTFRAME, 1, 2)
    assert picked(await approve(house, joy, run=1))[STARTFRAME] == (1, 2)
    assert picked(await approve(house, cry, run=1))[STARTFRAME] == (1, 1)


async def test_regenerating_makes_new_start_frames_with_other_words(house: Orchestrator, hand: Hand) -> None:
    (action,) = (await at_review(house, hand)).actions
    direction = common_pb2.Direction(preset="cry", action_prompt="weeps without a sound")
    again = await regenerate(house, action, direction=direction)
    assert numbers(again, STARTFRAME) == [1, 2]
    assert again.direction.action_prompt == "weeps without a sound"
    assert len({run.seed for run in again.runs}) == 2
    held = await hand.start(action.job_id)
    assert held.startframe.direction == again.direction
    await hand.succeed(held)
    (action,) = (await house.job(action.job_id)).actions
    assert action.state == jobs_pb2.ACTION_STATE_AWAITING_REVIEW
    assert picked(action)[STARTFRAME] == (2, 1)
    assert (await regenerate(house, action)).direction == again.direction


async def test_an_earlier_run_can_be_approved(house: Orchestrator, hand: Hand) -> None:
    (action,) = (await at_review(house, hand)).actions
    await regenerate(house, action)
    await hand.work(action.job_id)
    (action,) = (await house.job(action.job_id)).actions
    await approve(house, action, run=1, take=2)
    held = await hand.start(action.job_id)
    assert held.motion.take == 2
    assert "/startframe/1/" in held.motion.startframe.key


async def test_selecting_another_take_shows_what_is_outdated(house: Orchestrator, hand: Hand) -> None:
    job = await at_review(house, hand)
    await approve(house, job.actions[0])
    await hand.work(job.id)
    (action,) = (await house.job(job.id)).actions
    chosen = await select(house, action, STARTFRAME, 1, 2)
    assert chosen.state == jobs_pb2.ACTION_STATE_DONE
    assert {run.stage for run in chosen.runs if run.outdated} == {MOTION}
    await resume(house, chosen)
    await hand.work(job.id)
    (action,) = (await house.job(job.id)).actions
    assert [(run.stage, run.number) for run in action.runs if run.outdated] == [(MOTION, 1), (MATTE, 1), (PACK, 1)]
    assert picked(action) == {STARTFRAME: (1, 2), MOTION: (2, 1), MATTE: (2, 1), PACK: (2, 1)}


@pytest.mark.parametrize(
    ("stage", "made"),
    [(STARTFRAME, [2, 2, 2, 2]), (MOTION, [1, 2, 2, 2]), (MATTE, [1, 1, 2, 2]), (PACK, [1, 1, 1, 2])],
)
async def test_a_finished_action_is_made_again_from_a_stage(
    house: Orchestrator, hand: Hand, stage: int, made: list[int]
) -> None:
    job = await finished(house, hand)
    answer = await resume(house, job.actions[0], stage)
    assert (answer.state, answer.stage) == (jobs_pb2.ACTION_STATE_QUEUED, stage)
    await hand.work(job.id)
    (action,) = (await house.job(job.id)).actions
    assert action.state == jobs_pb2.ACTION_STATE_DONE
    assert [max(numbers(action, each)) for each in (STARTFRAME, MOTION, MATTE, PACK)] == made


async def test_a_failed_action_goes_on_where_it_stopped(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.succeed(await hand.start(job.id))
    await hand.fail(await hand.start(job.id, "motion"), "unknown_backend")
    (action,) = (await house.job(job.id)).actions
    assert (action.state, action.stage) == (jobs_pb2.ACTION_STATE_FAILED, MOTION)
    assert (action.failure.code, action.failure.retryable) == ("unknown_backend", False)
    again = await resume(house, action)
    assert (again.state, again.HasField("failure")) == (jobs_pb2.ACTION_STATE_QUEUED, False)
    await hand.work(job.id)
    (action,) = (await house.job(job.id)).actions
    assert action.state == jobs_pb2.ACTION_STATE_DONE
    assert (numbers(action, STARTFRAME), numbers(action, MOTION)) == ([1], [1, 2])


async def test_a_failed_action_keeps_its_reason_when_something_is_selected(house: Orchestrator, hand: Hand) -> None:
    job = await house.create(takes=2)
    await hand.succeed(await hand.start(job.id))
    await hand.fail(await hand.start(job.id, "motion"), "unknown_backend")
    (action,) = (await house.job(job.id)).actions
    chosen = await select(house, action, STARTFRAME, 1, 2)
    assert (chosen.state, chosen.failure) == (action.state, action.failure)


async def test_cancelling_supersedes_the_run_and_is_repeatable(house: Orchestrator, hand: Hand) -> None:
    joy, cry = (await house.create("joy", "cry")).actions
    held = await hand.take(joy.runs[0].id)
    (joy,) = [action for action in (await house.job(joy.job_id)).actions if action.id == joy.id]
    gone = await cancel(house, joy)
    assert (gone.state, gone.runs[0].state) == (jobs_pb2.ACTION_STATE_CANCELLED, jobs_pb2.RUN_STATE_SUPERSEDED)
    assert await cancel(house, joy) == gone
    assert await cancel(house, joy, version=0) == gone
    assert await hand.succeed(held) != gone
    after = await house.job(joy.job_id)
    assert [action.state for action in after.actions] == [
        jobs_pb2.ACTION_STATE_CANCELLED, jobs_pb2.ACTION_STATE_QUEUED,
    ]  # fmt: skip
    assert after.state == jobs_pb2.JOB_STATE_RUNNING
    assert (await resume(house, gone)).state == jobs_pb2.ACTION_STATE_QUEUED
    assert cry.id


async def test_a_finished_action_stays_finished(house: Orchestrator, hand: Hand) -> None:
    job = await finished(house, hand)
    assert await cancel(house, job.actions[0]) == job.actions[0]
    assert (await house.job(job.id)).last_seq == job.last_seq


async def test_the_refine_gate_can_be_skipped(house: Orchestrator, hand: Hand) -> None:
    job = await house.create(refine=True)
    await hand.work(job.id)
    (action,) = (await house.job(job.id)).actions
    assert (action.state, action.stage) == (jobs_pb2.ACTION_STATE_AWAITING_REFINE, MATTE)
    request = jobs_pb2.SkipRefineRequest(owner="local", action_id=action.id, version=action.version)
    answers = await asyncio.gather(*(rpc.call(house.jobs.SkipRefine, request) for _ in range(5)))
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    await hand.work(job.id)
    assert (await house.job(job.id)).state == jobs_pb2.JOB_STATE_DONE


async def test_a_job_is_approved_as_a_whole(house: Orchestrator, hand: Hand) -> None:
    job = await at_review(house, hand, "joy", "cry", "angry")
    await cancel(house, job.actions[2])
    await select(house, job.actions[1], STARTFRAME, 1, 2)
    request = jobs_pb2.ApproveJobRequest(owner="local", job_id=job.id)
    after = (await rpc.call(house.jobs.ApproveJob, request)).job
    assert [(action.state, action.stage) for action in after.actions] == [
        (jobs_pb2.ACTION_STATE_QUEUED, MOTION),
        (jobs_pb2.ACTION_STATE_QUEUED, MOTION),
        (jobs_pb2.ACTION_STATE_CANCELLED, STARTFRAME),
    ]
    assert picked(after.actions[1])[STARTFRAME] == (1, 2)
    assert (await rpc.call(house.jobs.ApproveJob, request)).job == after


async def test_a_job_is_resumed_as_a_whole(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry", "angry")
    for stage in ("startframe", "motion", "matte", "pack"):
        await hand.succeed(await hand.take((await hand.queued(job.id, stage))[0]["id"]))
    await hand.fail(await hand.start(job.id))
    await cancel(house, job.actions[2], version=0)
    request = jobs_pb2.ResumeJobRequest(owner="local", job_id=job.id)
    after = (await rpc.call(house.jobs.ResumeJob, request)).job
    states = [action.state for action in after.actions]
    assert states == [jobs_pb2.ACTION_STATE_DONE, jobs_pb2.ACTION_STATE_QUEUED, jobs_pb2.ACTION_STATE_QUEUED]
    request.stage = MATTE  # only the first has a motion
    again = (await rpc.call(house.jobs.ResumeJob, request)).job
    assert [(action.state, action.stage) for action in again.actions] == [
        (jobs_pb2.ACTION_STATE_QUEUED, MATTE),
        (jobs_pb2.ACTION_STATE_QUEUED, STARTFRAME),
        (jobs_pb2.ACTION_STATE_QUEUED, STARTFRAME),
    ]
    await hand.work(job.id)
    assert (await house.job(job.id)).state == jobs_pb2.JOB_STATE_DONE


async def test_a_job_that_is_resumed_twice_with_one_key_is_resumed_once(house: Orchestrator, hand: Hand) -> None:
    job = await finished(house, hand, "joy", "cry")
    request = jobs_pb2.ResumeJobRequest(owner="local", job_id=job.id, stage=PACK, idempotency_key="once")
    answers = await asyncio.gather(*(rpc.call(house.jobs.ResumeJob, request) for _ in range(10)))
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert [numbers(action, PACK) for action in answers[0].job.actions] == [[1, 2], [1, 2]]
    request.stage = MATTE
    with pytest.raises(errors.IdempotencyMismatch):
        await rpc.call(house.jobs.ResumeJob, request)


async def test_what_changed_nothing_leaves_its_version_free(house: Orchestrator, hand: Hand) -> None:
    (action,) = (await at_review(house, hand)).actions

    async def choose(take: int) -> jobs_pb2.Action:
        selection = common_pb2.Selection(stage=STARTFRAME, run=1, take=take)
        message = jobs_pb2.SelectTakeRequest(
            owner="local", action_id=action.id, version=action.version, selection=selection
        )
        return (await rpc.call(house.jobs.SelectTake, message)).action

    assert await choose(1) == action
    changed = await choose(2)
    assert (changed.version, picked(changed)[STARTFRAME]) == (action.version + 1, (1, 2))
    assert await choose(2) == changed
    with pytest.raises(errors.StaleVersion):
        await choose(1)


async def test_a_job_is_cancelled_as_a_whole(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    for stage in ("startframe", "motion", "matte", "pack"):
        await hand.succeed(await hand.take((await hand.queued(job.id, stage))[0]["id"]))
    request = jobs_pb2.CancelJobRequest(owner="local", job_id=job.id)
    after = (await rpc.call(house.jobs.CancelJob, request)).job
    states = [action.state for action in after.actions]
    assert states == [jobs_pb2.ACTION_STATE_DONE, jobs_pb2.ACTION_STATE_CANCELLED]
    assert after.state == jobs_pb2.JOB_STATE_PARTIAL
    assert (await rpc.call(house.jobs.CancelJob, request)).job == after
    assert {run["stage"] for run in await hand.queued(job.id)} == {"assemble"}


async def test_replies_are_kept_for_a_day(house: Orchestrator, hand: Hand) -> None:
    (action,) = (await at_review(house, hand)).actions
    await approve(house, action)
    day = 24 * 3600 * 1000
    (kept,) = await house.rows(tables.replies)
    for age, left in ((day - 10_000, 1), (day + 10_000, 0)):
        await house.set(tables.replies, tables.replies.c.key != "", created_at=kept["created_at"] - age)
        await house.writer.apply(reconciler.prune)
        assert len(await house.rows(tables.replies)) == left
    with pytest.raises(errors.StaleVersion):
        await approve(house, action)
