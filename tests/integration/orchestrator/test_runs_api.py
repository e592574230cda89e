"""Claim, heartbeat, complete, release: the fence, and what becomes of an attempt that was lost."""

import asyncio

import pytest

from popcon import rpc
from popcon.v1 import common_pb2, jobs_pb2, runs_pb2
from services.orchestrator import tables
from services.orchestrator.rules import retry
from tests.fixtures.orchestrator import DEADLINE_S, Orchestrator
from tests.fixtures.work import CONTINUE, HELD, SETTLED, TAKEN, Hand, a_success


async def let_be_due(house: Orchestrator, run_id: str) -> None:
    """Lets the delay of a retry be over."""
    await house.set(tables.runs, tables.runs.c.id == run_id, not_before=0)


async def expire(house: Orchestrator, run_id: str) -> None:
    """Lets the lease of a run have run out, and the reconciler see it."""
    await house.end_lease(run_id)
    await house.reconciler.end_leases()


async def outbox(house: Orchestrator, run_id: str) -> int:
    """How many times the task of a run was asked to be published."""
    return len(await house.rows(tables.outbox, tables.outbox.c.run_id == run_id))


async def events(house: Orchestrator, kind: str) -> list[dict[str, object]]:
    return [row["data"] for row in await house.rows(tables.events, tables.events.c.type == kind)]


async def test_a_claim_tells_everything_that_a_handler_needs(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("cry", takes=3, seed=9)
    (action,) = job.actions
    held = await hand.start(job.id)
    assert (held.job_id, held.action_id, held.owner) == (job.id, action.id, "local")
    assert (held.stage, held.number, held.attempt, held.backend) == (common_pb2.STAGE_STARTFRAME, 1, 1, "auto")
    assert held.prefix == f"owners/local/jobs/{job.id}/{action.id}/startframe/1"
    assert held.seed == action.runs[0].seed
    assert held.startframe.takes == 3
    assert held.startframe.cutout == job.picture.cutout
    assert held.startframe.direction == action.direction
    assert held.lease.seconds == 15
    assert DEADLINE_S - 1 <= held.deadline.ToTimedelta().total_seconds() <= DEADLINE_S
    (running,) = (await house.job(job.id)).actions
    assert running.state == jobs_pb2.ACTION_STATE_RUNNING
    await hand.succeed(held)
    motion = await hand.start(job.id)
    assert motion.motion.take == 1
    assert motion.motion.startframe.sha256 == a_success(held).manifest.sha256
    await hand.succeed(motion)
    matte = await hand.start(job.id)
    assert matte.matte.motion.sha256 == a_success(motion).manifest.sha256
    assert not matte.matte.HasField("base")
    await hand.succeed(matte)
    pack = await hand.start(job.id)
    assert (pack.pack.target, pack.pack.matte.sha256) == ("line-emoji", a_success(matte).manifest.sha256)
    assert pack.prefix.endswith("/pack-line-emoji/1")


async def test_the_same_worker_that_asks_again_has_the_same_attempt(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    first = await hand.start(job.id)
    again = await hand.take(first.run_id)
    assert (again.attempt, again.prefix) == (first.attempt, first.prefix)
    assert len(await events(house, "run.started")) == 1


async def test_another_worker_is_told_that_the_run_is_held(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    answer = await Hand(house, "other").claim(held.run_id)
    assert (answer.verdict, answer.HasField("assignment")) == (HELD, False)


async def test_of_twenty_workers_one_gets_the_run(house: Orchestrator, hand: Hand) -> None:
    (run,) = await hand.queued((await house.create()).id)
    answers = await asyncio.gather(*(Hand(house, f"worker {number}").claim(run["id"]) for number in range(20)))
    assert sorted(answer.verdict for answer in answers) == [CONTINUE] + [HELD] * 19
    assert (await house.run_row(run["id"]))["attempt"] == 1


async def test_what_has_ended_or_never_was_is_settled(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    await hand.succeed(held)
    for run_id in (held.run_id, "run_unheard_of"):
        assert (await hand.claim(run_id)).verdict == SETTLED


async def test_a_heartbeat_extends_the_lease_and_keeps_the_progress(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    await house.set(tables.runs, tables.runs.c.id == held.run_id, lease_until=1)
    assert await hand.beat(held, 0.5) == CONTINUE
    run = await house.run_row(held.run_id)
    assert run["lease_until"] > 1_000_000
    for said, kept in ((0.25, 0.5), (7.0, 1.0)):
        await hand.beat(held, said)
        assert (await house.run_row(held.run_id))["progress"] == kept


async def test_progress_that_is_no_number_harms_nobody(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    await hand.beat(held, 0.5)
    assert await hand.beat(held, float("nan")) == CONTINUE
    assert (await house.run_row(held.run_id))["progress"] == 0.5


async def test_a_lease_never_outlives_the_deadline(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    run = await house.run_row(held.run_id)
    soon = run["lease_until"] - 5_000
    await house.set(tables.runs, tables.runs.c.id == held.run_id, deadline_at=soon)
    assert await hand.beat(held) == CONTINUE
    assert (await house.run_row(held.run_id))["lease_until"] == soon


async def test_an_older_attempt_changes_nothing(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    old = await hand.start(job.id)
    await expire(house, old.run_id)
    other = Hand(house, "other")
    new = await other.take(old.run_id)
    assert (new.attempt, new.prefix) == (2, old.prefix)
    before = await house.job(job.id), await house.run_row(old.run_id)
    assert await hand.beat(old, 0.9) == HELD
    assert await hand.succeed(old) == HELD
    assert await hand.fail(old) == HELD
    assert await hand.release(old) == HELD
    assert (await house.job(job.id), await house.run_row(old.run_id)) == before
    assert await other.succeed(new) == TAKEN
    for late in (await hand.beat(old), await hand.succeed(old), await hand.fail(old), await hand.release(old)):
        assert late == SETTLED
    (action,) = (await house.job(job.id)).actions
    assert action.runs[0].manifest == a_success(new).manifest


async def test_an_attempt_that_nobody_was_given_holds_nothing(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    (run,) = await hand.queued(job.id)
    imagined = runs_pb2.Assignment(run_id=run["id"], attempt=0, prefix="owners/local/x")
    for verdict in (await hand.beat(imagined), await hand.succeed(imagined), await hand.fail(imagined)):
        assert verdict != CONTINUE
    assert await house.job(job.id) == job


async def test_a_success_said_twice_is_said_once(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    held = await hand.start(job.id)
    assert [await hand.succeed(held) for _ in range(3)] == [TAKEN] * 3
    assert len(await events(house, "run.succeeded")) == 1
    assert [run["stage"] for run in await hand.queued(job.id)] == ["motion"]


async def test_a_failure_said_twice_is_said_once(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    assert await hand.fail(held, retryable=True) == TAKEN
    before = await house.run_row(held.run_id)
    assert before["tries"] == 1
    assert await hand.fail(held, retryable=True) == SETTLED
    assert await house.run_row(held.run_id) == before
    assert await outbox(house, held.run_id) == 2


async def test_a_heartbeat_behind_its_own_report_takes_nothing_back(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    held = await hand.start(job.id)
    await hand.fail(held, retryable=True)
    assert await hand.beat(held) == SETTLED
    assert (await house.run_row(held.run_id))["state"] == "queued"
    await let_be_due(house, held.run_id)
    again = await hand.take(held.run_id)
    await hand.release(again)
    assert await hand.beat(again) == SETTLED
    assert (await Hand(house, "other").take(held.run_id)).attempt == 3


async def test_a_lost_run_is_queued_at_once_and_published(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    held = await hand.start(job.id)
    await expire(house, held.run_id)
    run = await house.run_row(held.run_id)
    assert (run["state"], run["losses"], run["attempt"], run["published_at"]) == ("queued", 1, 1, None)
    assert await outbox(house, held.run_id) == 2
    (action,) = (await house.job(job.id)).actions
    assert action.runs[0].state == jobs_pb2.RUN_STATE_QUEUED
    assert (await events(house, "run.retrying"))[0]["failure"]["code"] == "worker_lost"


async def test_a_lease_that_holds_is_left_alone(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    before = await house.run_row(held.run_id)
    await house.reconciler.end_leases()
    assert await house.run_row(held.run_id) == before


async def test_a_claim_leaves_a_lost_lease_to_the_reconciler(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    await house.end_lease(held.run_id)
    assert (await Hand(house, "other").claim(held.run_id)).verdict == HELD
    await house.reconciler.end_leases()
    assert (await Hand(house, "other").take(held.run_id)).attempt == 2
    assert (await house.run_row(held.run_id))["losses"] == 1


async def test_a_run_that_is_lost_again_and_again_has_failed(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    (run,) = await hand.queued(job.id)
    for loss in range(1, retry.LOSSES_MAX + 1):
        await let_be_due(house, run["id"])
        assert (await hand.take(run["id"])).attempt == loss
        await expire(house, run["id"])
    (action,) = (await house.job(job.id)).actions
    assert (action.state, action.failure.code) == (jobs_pb2.ACTION_STATE_FAILED, "worker_lost")
    assert "resume" in action.failure.message
    assert action.runs[0].failure == action.failure
    assert (await hand.claim(run["id"])).verdict == SETTLED
    assert await outbox(house, run["id"]) == retry.LOSSES_MAX


async def test_later_losses_wait_before_the_next_attempt(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    await expire(house, held.run_id)
    await hand.take(held.run_id)
    await expire(house, held.run_id)
    run = await house.run_row(held.run_id)
    assert (await hand.claim(held.run_id)).verdict == SETTLED, "its task comes again when it is due"
    rows = await house.rows(tables.outbox, tables.outbox.c.run_id == held.run_id)
    assert rows[-1]["not_before"] == run["not_before"]
    await let_be_due(house, held.run_id)
    assert (await hand.take(held.run_id)).attempt == 3


async def test_a_slow_worker_may_finish_what_nobody_else_took(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    held = await hand.start(job.id)
    await expire(house, held.run_id)
    assert await hand.succeed(held) == TAKEN
    (action,) = (await house.job(job.id)).actions
    assert action.runs[0].state == jobs_pb2.RUN_STATE_SUCCEEDED
    assert action.stage == common_pb2.STAGE_MOTION


async def test_a_slow_worker_may_go_on_with_what_nobody_else_took(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    await expire(house, held.run_id)
    assert await hand.beat(held, 0.5) == CONTINUE
    assert (await house.run_row(held.run_id))["state"] == "running"
    assert (await Hand(house, "other").claim(held.run_id)).verdict == HELD
    assert await hand.succeed(held) == TAKEN


async def test_past_its_deadline_an_attempt_ends_and_is_tried_again(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    (run,) = await hand.queued(job.id)
    for attempt in range(1, retry.ERRORS_MAX + 1):
        await let_be_due(house, run["id"])
        held = await hand.take(run["id"])
        await house.set(tables.runs, tables.runs.c.id == run["id"], deadline_at=1, lease_until=1)
        assert await hand.beat(held) == CONTINUE
        assert (await house.run_row(run["id"]))["lease_until"] == 1
        await house.reconciler.end_leases()
        assert await hand.beat(held) != CONTINUE
        assert (await house.run_row(run["id"]))["tries"] == attempt
    (action,) = (await house.job(job.id)).actions
    assert (action.state, action.failure.code) == (jobs_pb2.ACTION_STATE_FAILED, "deadline_passed")
    assert action.failure.retryable


async def test_an_error_that_may_pass_is_tried_again_after_a_while(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    (run,) = await hand.queued(job.id)
    for attempt in range(1, retry.ERRORS_MAX + 1):
        await let_be_due(house, run["id"])
        held = await hand.take(run["id"])
        assert held.attempt == attempt
        assert await hand.fail(held, "internal", retryable=True) == TAKEN
        if attempt < retry.ERRORS_MAX:
            assert (await hand.claim(run["id"])).verdict == SETTLED
    (action,) = (await house.job(job.id)).actions
    assert (action.state, action.failure.code) == (jobs_pb2.ACTION_STATE_FAILED, "internal")
    delays = [data["in_s"] for data in await events(house, "run.retrying")]
    assert delays == [1.0, 2.0]


async def test_an_error_that_cannot_pass_fails_at_once(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.fail(await hand.start(job.id), "unknown_backend")
    (action,) = (await house.job(job.id)).actions
    assert action.state == jobs_pb2.ACTION_STATE_FAILED
    assert action.runs[0].failure.message == "it broke: mend it"


async def test_a_released_run_is_free_at_once_and_counts_for_nothing(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    for number in range(1, 9):
        held = await hand.start(job.id)
        assert held.attempt == number
        assert await hand.release(held) == TAKEN
        assert await hand.release(held) == SETTLED
    run = await house.run_row(held.run_id)
    assert (run["state"], run["losses"], run["tries"]) == ("queued", 0, 0)
    assert (await hand.succeed(await Hand(house, "other").take(held.run_id))) == TAKEN


async def test_the_worker_of_a_superseded_run_learns_it(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    held = await hand.start(job.id)
    request = jobs_pb2.RegenerateActionRequest(owner="local", action_id=job.actions[0].id)
    await rpc.call(house.jobs.RegenerateAction, request)
    for verdict in (await hand.beat(held), await hand.succeed(held), await hand.fail(held), await hand.release(held)):
        assert verdict == SETTLED
    (action,) = (await house.job(job.id)).actions
    assert [run.state for run in action.runs] == [jobs_pb2.RUN_STATE_SUPERSEDED, jobs_pb2.RUN_STATE_QUEUED]
    assert action.state == jobs_pb2.ACTION_STATE_QUEUED


async def test_the_work_of_a_deleted_job_is_settled(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    held = await hand.start(job.id)
    (waiting,) = await hand.queued(job.id)
    await rpc.call(house.jobs.DeleteJob, jobs_pb2.DeleteJobRequest(owner="local", job_id=job.id))
    assert await hand.beat(held) == SETTLED
    assert await hand.succeed(held) == SETTLED
    assert (await hand.claim(waiting["id"])).verdict == SETTLED


async def test_a_run_that_can_be_given_to_nobody_has_failed(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    (run,) = await hand.queued(job.id)
    await house.set(tables.runs, tables.runs.c.id == run["id"], owner="no/part of a key")
    assert (await hand.claim(run["id"])).verdict == SETTLED
    (action,) = (await house.job(job.id)).actions
    assert (action.state, action.failure.code) == (jobs_pb2.ACTION_STATE_FAILED, "invalid_request")


async def test_a_failure_that_comes_after_the_lease_ran_out_counts_once(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((await house.create()).id)
    await expire(house, held.run_id)
    before = await house.run_row(held.run_id)
    assert await hand.fail(held, retryable=True) == SETTLED
    assert await house.run_row(held.run_id) == before


async def test_no_lease_is_taken_from_a_run_that_ended(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    held = await hand.start(job.id)
    await house.end_lease(held.run_id)
    await hand.succeed(held)
    await house.reconciler.end_leases()
    assert (await house.run_row(held.run_id))["state"] == "succeeded"


@pytest.mark.parametrize("order", ["cancel first", "complete first", "both"])
async def test_a_cancel_and_a_completion_race_to_one_end(house: Orchestrator, hand: Hand, order: str) -> None:
    job = await house.create()
    await hand.work(job.id, until="pack")
    held = await hand.start(job.id)
    request = jobs_pb2.CancelActionRequest(owner="local", action_id=job.actions[0].id)

    async def cancel() -> None:
        await rpc.call(house.jobs.CancelAction, request)

    if order == "both":
        await asyncio.gather(cancel(), hand.succeed(held))
    else:
        for step in (cancel(), hand.succeed(held)) if order == "cancel first" else (hand.succeed(held), cancel()):
            await step
    (action,) = (await house.job(job.id)).actions
    expected = {
        "cancel first": (jobs_pb2.ACTION_STATE_CANCELLED, jobs_pb2.RUN_STATE_SUPERSEDED),
        "complete first": (jobs_pb2.ACTION_STATE_DONE, jobs_pb2.RUN_STATE_SUCCEEDED),
    }
    ended = (action.state, action.runs[-1].state)
    assert ended == expected[order] if order in expected else ended in expected.values()
