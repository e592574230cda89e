"""Dead letters: what failed for good is listed, told whole, done again once, or put away."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from popcon import errors, rpc
from popcon.v1 import common_pb2, edits_pb2, jobs_pb2, sets_pb2
from popcon.v1 import dead_letters_pb2 as pb
from services.orchestrator import dead_letters, tables
from services.orchestrator.rules import retry
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.work import Hand

LINE = "line-emoji"
OPEN, REPLAYED, DISCARDED = (
    pb.DEAD_LETTER_STATE_OPEN,
    pb.DEAD_LETTER_STATE_REPLAYED,
    pb.DEAD_LETTER_STATE_DISCARDED,
)


async def page(house: Orchestrator, owner: str = "local", **asked: Any) -> pb.ListDeadLettersResponse:
    request = pb.ListDeadLettersRequest(owner=owner, **asked)
    return await rpc.call(house.dead_letters.ListDeadLetters, request)  # type: ignore[no-any-return]


async def listed(house: Orchestrator, **asked: Any) -> list[str]:
    return [letter.run_id for letter in (await page(house, **asked)).dead_letters]


async def call(house: Orchestrator, name: str, run_id: str, owner: str = "local") -> pb.DeadLetter:
    """`Get`, `Replay` or `Discard` of a letter."""
    request = getattr(pb, f"{name}DeadLetterRequest")(owner=owner, run_id=run_id)
    answer = await rpc.call(getattr(house.dead_letters, f"{name}DeadLetter"), request)
    return answer.dead_letter  # type: ignore[no-any-return]


async def state(house: Orchestrator, run_id: str) -> pb.DeadLetterState:
    return (await call(house, "Get", run_id)).state


async def fail(house: Orchestrator, hand: Hand, job: jobs_pb2.Job, stage: str = "startframe") -> str:
    """Does what comes before a stage, then lets it fail; the run's id."""
    await hand.work(job.id, until=stage)
    held = await hand.start(job.id, stage)
    await hand.fail(held, "unknown_backend")
    return held.run_id


async def act(house: Orchestrator, name: str, **request: Any) -> None:
    message = getattr(jobs_pb2, f"{name}Request")(owner="local", **request)
    await rpc.call(getattr(house.jobs, name), message)


async def runs_of(house: Orchestrator, job_id: str, stage: str) -> list[str]:
    runs = tables.runs
    return [row["state"] for row in await house.rows(runs, runs.c.job_id == job_id, runs.c.stage == stage)]


async def test_a_run_that_failed_for_good_is_told_whole(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", takes=2, seed=5)
    await hand.work(job.id, until="motion")
    (run,) = await hand.queued(job.id)
    await hand.fail(await hand.take(run["id"]), retryable=True)
    for _ in range(retry.LOSSES_MAX):
        assert await listed(house) == []
        await house.set(tables.runs, tables.runs.c.id == run["id"], not_before=0)
        await hand.take(run["id"])
        await house.end_lease(run["id"])
        await house.reconciler.end_leases()
    (brief,) = (await page(house)).dead_letters
    found = await call(house, "Get", run["id"])
    assert (found.run_id, found.job_id, found.action_id) == (run["id"], job.id, job.actions[0].id)
    assert (found.label, found.stage, found.target, found.number) == ("Joy", common_pb2.STAGE_MOTION, "", 1)
    assert (found.state, found.failure.code) == (OPEN, "worker_lost")
    assert (found.attempts, found.losses, found.tries) == (6, 5, 1)
    assert list(found.inputs) == [common_pb2.Selection(stage="STAGE_STARTFRAME", run=1, take=1)]
    assert (found.backend, found.seed) == (run["backend"], run["seed"])
    assert found.parameters["direction"]["preset"] == "joy"
    kinds = [event.type for event in found.events]
    assert kinds[:3] == ["run.queued", "run.started", "run.retrying"]
    assert kinds[-1] == "run.failed"
    assert found.failed_at.ToMilliseconds() >= found.created_at.ToMilliseconds() > 0
    del found.events[:]
    found.ClearField("parameters")
    assert brief == found, "a list says the same without what is long"


async def test_they_are_listed_newest_first_in_pages_by_owner_state_and_stage(house: Orchestrator, hand: Hand) -> None:
    motion = await fail(house, hand, await house.create(), "motion")
    made = [await fail(house, hand, await house.create()) for _ in range(4)]
    theirs = await fail(house, hand, await house.create(owner="somebody"))
    gone = await house.create()
    await fail(house, hand, gone)
    await act(house, "DeleteJob", job_id=gone.id)
    await call(house, "Discard", made[0])
    await call(house, "Replay", made[1])
    everything = sorted([motion, *made], reverse=True)
    assert await listed(house) == everything
    assert await listed(house, owner="somebody") == [theirs]
    assert await listed(house, states=[OPEN]) == sorted([motion, *made[2:]], reverse=True)
    assert await listed(house, states=[REPLAYED, DISCARDED]) == [made[1], made[0]]
    assert await listed(house, stage="STAGE_MOTION") == [motion]
    assert await listed(house, stage="STAGE_ASSEMBLE") == []
    seen, cursor = [], ""
    for size in (2, 2, 1):
        part = await page(house, limit=2, cursor=cursor)
        assert len(part.dead_letters) == size
        seen += [letter.run_id for letter in part.dead_letters]
        cursor = part.next_cursor
    assert (seen, cursor) == (everything, "")
    await act(house, "UndeleteJob", job_id=gone.id)
    assert len(await listed(house)) == 6
    await dead_letters.measure(house.database)
    for stage, count in (("startframe", 4), ("motion", 1), ("assemble", 0)):
        assert REGISTRY.get_sample_value("popcon_dead_letters_open", {"stage": stage}) == count


async def test_a_request_that_makes_no_sense_says_so(house: Orchestrator, hand: Hand) -> None:
    run_id = await fail(house, hand, await house.create())
    job = await house.create()
    for asked in ({"limit": -1}, {"cursor": "?"}, {"cursor": "cnVu"}, {"states": [0]}, {"states": [9]}, {"stage": 9}):
        with pytest.raises(errors.InvalidRequest):
            await page(house, **asked)
    for name in ("Get", "Replay", "Discard"):
        for unknown, owner in (("run_x", "local"), (job.actions[0].runs[0].id, "local"), (run_id, "somebody")):
            with pytest.raises(errors.NotFound):
                await call(house, name, unknown, owner)
    assert await state(house, run_id) == OPEN


async def test_a_replay_is_a_new_run_of_its_stage_however_often_it_is_said(house: Orchestrator, hand: Hand) -> None:
    for stage in ("startframe", "motion", "pack"):
        job = await house.create()
        run_id = await fail(house, hand, job, stage)
        answers = await asyncio.gather(*(call(house, "Replay", run_id) for _ in range(10)))
        assert answers[0].state == REPLAYED
        assert answers[0].events[-1].type == "dead_letter.replayed"
        assert [answer for answer in answers if answer != answers[0]] == []
        assert await runs_of(house, job.id, stage) == ["failed", "queued"]
        await hand.work(job.id)
        assert (await house.job(job.id)).state == jobs_pb2.JOB_STATE_DONE
        assert await call(house, "Replay", run_id) == answers[0]
        assert await runs_of(house, job.id, stage) == ["failed", "succeeded"]
        with pytest.raises(errors.WrongState, match="replayed already"):
            await call(house, "Discard", run_id)


async def test_a_replay_that_fails_again_is_a_letter_of_its_own(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    first = await fail(house, hand, job)
    await call(house, "Replay", first)
    second = await fail(house, hand, job)
    assert await listed(house, states=[OPEN]) == [second]
    assert (await call(house, "Get", second)).number == 2


async def resume(house: Orchestrator, job: jobs_pb2.Job) -> None:
    await act(house, "ResumeAction", action_id=job.actions[0].id)


async def resume_earlier(house: Orchestrator, job: jobs_pb2.Job) -> None:
    await act(house, "ResumeAction", action_id=job.actions[0].id, stage="STAGE_STARTFRAME")


async def regenerate(house: Orchestrator, job: jobs_pb2.Job) -> None:
    await act(house, "RegenerateAction", action_id=job.actions[0].id)


async def resume_job(house: Orchestrator, job: jobs_pb2.Job) -> None:
    await act(house, "ResumeJob", job_id=job.id)


async def test_a_letter_whose_action_was_set_going_otherwise_is_closed(house: Orchestrator, hand: Hand) -> None:
    for move in (resume, resume_earlier, regenerate, resume_job):
        job = await house.create()
        run_id = await fail(house, hand, job, "motion")
        await move(house, job)
        assert await state(house, run_id) == REPLAYED, move
        before = await house.count()
        await call(house, "Replay", run_id)
        assert await house.count() == before, f"after {move} a replay does the work twice"


async def test_a_letter_that_is_put_away_stays_so_and_its_action_failed(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    run_id = await fail(house, hand, job)
    first, again = await call(house, "Discard", run_id), await call(house, "Discard", run_id)
    assert (first.state, first) == (DISCARDED, again)
    assert [event.type for event in first.events].count("dead_letter.discarded") == 1
    with pytest.raises(errors.WrongState, match="discarded"):
        await call(house, "Replay", run_id)
    assert (await house.job(job.id)).actions[0].state == jobs_pb2.ACTION_STATE_FAILED
    await resume(house, job)
    assert await state(house, run_id) == DISCARDED
    await hand.work(job.id)
    assert (await house.job(job.id)).state == jobs_pb2.JOB_STATE_DONE


async def two_failed_sets(house: Orchestrator, hand: Hand, *presets: str) -> tuple[jobs_pb2.Job, list[str]]:
    job = await house.create(*presets, targets=[LINE, "web"])
    await hand.work(job.id, until="assemble")
    held = [await hand.take(run["id"]) for run in await hand.queued(job.id)]
    for each in held:
        await hand.fail(each)
    return job, [each.run_id for each in held]


async def set_states(house: Orchestrator, job: jobs_pb2.Job) -> list[sets_pb2.SetState]:
    return [found.state for found in (await house.job(job.id)).sets]


async def test_a_set_is_made_again_by_its_replay_alone(house: Orchestrator, hand: Hand) -> None:
    job, (line, web) = await two_failed_sets(house, hand)
    found = await call(house, "Get", line)
    assert (found.action_id, found.label, found.stage) == ("", "", common_pb2.STAGE_ASSEMBLE)
    assert found.events[-1].type == "run.failed"
    for _ in range(2):
        await call(house, "Replay", line)
    assert await runs_of(house, job.id, "assemble") == ["failed", "failed", "queued"]
    await hand.work(job.id)
    assert await set_states(house, job) == [sets_pb2.SET_STATE_COMPLETE, sets_pb2.SET_STATE_FAILED]
    assert (await state(house, line), await state(house, web)) == (REPLAYED, OPEN)
    await resume_job(house, job)
    assert await state(house, web) == REPLAYED
    await hand.work(job.id)
    assert await set_states(house, job) == [sets_pb2.SET_STATE_COMPLETE] * 2


async def test_a_set_replayed_while_runs_are_live_is_made_when_they_end(house: Orchestrator, hand: Hand) -> None:
    job, (line, _) = await two_failed_sets(house, hand, "joy", "cry")
    about = {"action_id": job.actions[0].id}
    opened = await rpc.call(house.edits.OpenEdit, edits_pb2.OpenEditRequest(owner="local", **about))
    request = edits_pb2.ApplyEditRequest(owner="local", edit_id=opened.edit.id, version=opened.edit.version)
    await rpc.call(house.edits.ApplyEdit, request)
    await call(house, "Replay", line)
    assert "queued" not in await runs_of(house, job.id, "assemble")
    await act(house, "CancelAction", **about)
    await call(house, "Replay", line)
    assert (await house.job(job.id)).actions[0].state == jobs_pb2.ACTION_STATE_CANCELLED
    await hand.work(job.id)
    assert (await set_states(house, job))[0] == sets_pb2.SET_STATE_COMPLETE


async def failed_edit(house: Orchestrator, hand: Hand) -> tuple[jobs_pb2.Job, str]:
    """A job at its refine gate whose edit was applied, and the run of it that failed."""
    job = await house.create(refine=True)
    await hand.work(job.id)
    about = {"owner": "local", "action_id": job.actions[0].id}
    opened = await rpc.call(house.edits.OpenEdit, edits_pb2.OpenEditRequest(**about))
    request = edits_pb2.ApplyEditRequest(owner="local", edit_id=opened.edit.id, version=opened.edit.version)
    await rpc.call(house.edits.ApplyEdit, request)
    held = await hand.start(job.id)
    await hand.fail(held)
    return job, held.run_id


async def test_an_edit_that_failed_is_applied_again_by_its_replay(house: Orchestrator, hand: Hand) -> None:
    job, run_id = await failed_edit(house, hand)
    assert await state(house, run_id) == OPEN
    for _ in range(2):
        assert (await call(house, "Replay", run_id)).state == REPLAYED
    (again,) = await hand.queued(job.id)
    assert (again["stage"], again["backend"], again["number"]) == ("matte", "edit", 3)
    await hand.work(job.id)
    assert (await house.job(job.id)).state == jobs_pb2.JOB_STATE_DONE


async def test_an_edit_that_was_given_up_cannot_be_replayed_and_leaving_its_gate_closes_the_letter(
    house: Orchestrator, hand: Hand
) -> None:
    job, run_id = await failed_edit(house, hand)
    action = (await house.job(job.id)).actions[0]
    version = (await house.rows(tables.edits))[0]["version"]
    request = edits_pb2.DiscardEditRequest(owner="local", edit_id=action.edit_id, version=version)
    await rpc.call(house.edits.DiscardEdit, request)
    with pytest.raises(errors.WrongState, match="moved on"):
        await call(house, "Replay", run_id)
    assert await state(house, run_id) == OPEN
    await act(house, "CancelAction", action_id=action.id)
    assert await state(house, run_id) == DISCARDED


async def test_the_letters_of_one_owner_are_read_from_their_index(tmp_path: Path) -> None:
    """As SQLite plans it, which is the same for any number of rows."""
    looked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "dead_letter <> ''" in statement:
            looked.append((statement, parameters))

    async with orchestrator(tmp_path) as house:
        engine = house.database.reading.sync_engine
        sa.event.listen(engine, "before_cursor_execute", note)
        await page(house, states=[OPEN], stage="STAGE_MOTION")
        await dead_letters.measure(house.database)
        sa.event.remove(engine, "before_cursor_execute", note)
        assert len(looked) == 2
        async with house.database.reading.begin() as connection:
            for statement, parameters in looked:
                plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
                assert any("ix_runs_dead_letter" in step.detail for step in plan), plan
