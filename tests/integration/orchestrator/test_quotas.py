"""Limits of owners: what begins work is refused beyond them and told by which and until when; the rest never is."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.json_format import MessageToDict

from popcon import errors, rpc
from popcon.v1 import jobs_pb2
from popcon.v1 import owners_pb2 as pb
from services.orchestrator import tables, tallies
from services.orchestrator.rules.quota import DAY_MS, HOUR_MS, Quota
from services.orchestrator.sweeping import ledger
from services.orchestrator.sweeping.tools import Tools
from services.orchestrator.tx import Spent, Tx
from tests.fixtures.orchestrator import Orchestrator, an_action, orchestrator
from tests.fixtures.quotas import ANNA, now_ms, reserve, set_, show, sums_hold, usage
from tests.fixtures.sweeping import AGES
from tests.fixtures.work import Hand


@contextlib.contextmanager
def refused(limit: str, *says: str) -> Any:
    with pytest.raises(errors.QuotaExceeded) as told:
        yield
    assert told.value.field == limit
    assert told.value.retry_after_s > 0
    for word in says:
        assert word in told.value.message


async def test_nobody_has_a_limit_until_one_is_set(house: Orchestrator) -> None:
    assert MessageToDict((await show(house)).limits, preserving_proto_field_name=True) == {
        "requests_per_s": 0.0, "jobs_in_flight": 0, "worker_seconds_per_day": 0.0, "stored_bytes": "0",
    }  # fmt: skip
    told = await reserve(house, 100_000)
    assert (told.granted, told.capacity) == (100_000, 0)
    assert await house.rows(tables.rates) == []


async def test_exceptions_go_before_defaults_and_can_be_taken_back(tmp_path: Path, database_url: str) -> None:
    async with orchestrator(tmp_path, database_url=database_url, quota=Quota(5.0, 2, 60.0, 1000)) as house:
        found = await set_(house, jobs_in_flight=0, stored_bytes=7, weight=3)
        assert (found.limits.requests_per_s, found.limits.jobs_in_flight, found.limits.stored_bytes) == (5.0, 0, 7)
        assert (found.weight, found.exceptions) == (3, pb.Limits(jobs_in_flight=0, stored_bytes=7))
        assert await show(house) == found
        found = await set_(house, jobs_in_flight=-1, stored_bytes=-1)
        assert (found.weight, found.exceptions) == (3, pb.Limits())
        assert (found.limits.jobs_in_flight, found.limits.stored_bytes) == (2, 1000)
        assert (await show(house, "ben")).limits == found.limits
        said = [row["what"] for row in await house.rows(tables.audit)]
        assert said == ["owner.changed", "owner.changed"]


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("owner", {"owner": "Anna!"}),
        ("weight", {"weight": 0}),
        ("requests_per_s", {"requests_per_s": float("nan")}),
        ("requests_per_s", {"requests_per_s": 0.001}),
        ("jobs_in_flight", {"jobs_in_flight": -2}),
        ("stored_bytes", {"stored_bytes": 2 * 10**18}),
    ],
)
async def test_what_makes_no_sense_is_not_set(house: Orchestrator, field: str, asked: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidRequest) as told:
        await set_(house, **asked)
    assert told.value.field == field
    assert await house.rows(tables.owners) == []


async def test_jobs_beyond_the_limit_are_refused_until_one_rests(house: Orchestrator) -> None:
    hand = Hand(house)
    await set_(house, jobs_in_flight=2)
    first, second = [await house.create(owner=ANNA, review=True) for _ in range(2)]
    with refused("jobs_in_flight", "2 jobs"):
        await house.create(owner=ANNA)
    assert len(await house.rows(tables.jobs)) == 2
    await house.create(owner="ben")
    await hand.succeed(await hand.start(first.id))  # it waits for a person now
    third = await house.create(owner=ANNA)
    approve = jobs_pb2.ApproveJobRequest(owner=ANNA, job_id=first.id)
    assert (await rpc.call(house.jobs.ApproveJob, approve)).job.state == jobs_pb2.JOB_STATE_QUEUED
    cancel = jobs_pb2.CancelJobRequest(owner=ANNA, job_id=third.id)
    await rpc.call(house.jobs.CancelJob, cancel)
    with refused("jobs_in_flight"):
        await rpc.call(house.jobs.ResumeJob, jobs_pb2.ResumeJobRequest(owner=ANNA, job_id=third.id))
    again = jobs_pb2.RegenerateActionRequest(owner=ANNA, action_id=second.actions[0].id)
    await rpc.call(house.jobs.RegenerateAction, again)  # it is in flight already


async def test_the_same_job_sent_again_is_answered_and_counts_once(house: Orchestrator) -> None:
    await set_(house, jobs_in_flight=1)
    picture = await house.picture(ANNA)
    request = jobs_pb2.CreateJobRequest(
        owner=ANNA, picture_id=picture.id, actions=[an_action()], idempotency_key="once"
    )
    first, second = [(await rpc.call(house.jobs.CreateJob, request)).job.id for _ in range(2)]
    assert first == second


async def test_worker_seconds_of_a_day_are_enough_for_what_was_let_in(house: Orchestrator) -> None:
    hand, runs = Hand(house), tables.runs
    await set_(house, worker_seconds_per_day=20)
    job = await house.create(owner=ANNA, review=True)
    held = await hand.start(job.id)
    await house.set(runs, runs.c.id == held.run_id, claimed_at=runs.c.claimed_at - 30_000)
    await hand.succeed(held, seconds=21.0)
    with refused("worker_seconds_per_day", "21", "20"):
        await house.create(owner=ANNA)
    resume = jobs_pb2.ResumeActionRequest(owner=ANNA, action_id=job.actions[0].id, stage="STAGE_STARTFRAME")
    with refused("worker_seconds_per_day"):
        await rpc.call(house.jobs.ResumeAction, resume)
    await rpc.call(house.jobs.ApproveJob, jobs_pb2.ApproveJobRequest(owner=ANNA, job_id=job.id))
    await hand.work(job.id)
    await sums_hold(house)
    for table, column, by in (
        (tables.worker_seconds, "at", DAY_MS + HOUR_MS),
        (tables.worker_hours, "hour", 25),
    ):
        await house.set(table, sa.true(), **{column: table.c[column] - by})
    await house.create(owner=ANNA)


async def test_seconds_within_a_day_are_counted_to_the_millisecond(house: Orchestrator) -> None:
    now = await now_ms(house)
    ages = {"whole hours": 2 * HOUR_MS, "the hour in which it began": DAY_MS - 60_000, "too old": DAY_MS + 60_000}
    for name, age in ages.items():
        await spend(house, now - age, 10.0, name)
    assert (await usage(house, 0, 0)).worker_seconds_lately == 20.0


async def spend(house: Orchestrator, at: int, seconds: float, run_id: str, stage: str = "motion") -> None:
    row = {"run_id": run_id, "attempt": 1, "kind": "useful", "at": at, "owner": ANNA, "job_id": "job_1"}

    async def note(tx: Tx) -> None:
        tx.spent.append(Spent(ANNA, stage, "useful", seconds, at))
        tx.insert(tables.worker_seconds, {**row, "stage": stage, "seconds": seconds})

    await house.writer.apply(note)


async def test_bytes_of_pictures_and_outputs_are_counted_and_limited(house: Orchestrator) -> None:
    hand = Hand(house)
    job = await house.create(owner=ANNA)
    await hand.work(job.id)
    stored = (await usage(house, 0, 0)).stored_bytes
    assert stored == 2 + sum(2 for _ in await house.rows(tables.runs))
    await sums_hold(house)
    await set_(house, stored_bytes=stored + 1)
    with refused("stored_bytes", f"{stored}"):
        await house.picture(ANNA, "c" * 64)
    await house.picture(ANNA)  # which is there already
    job = await house.create(owner=ANNA, review=True)
    await hand.work(job.id)
    with refused("stored_bytes"):
        await house.create(owner=ANNA)
    await rpc.call(house.jobs.ApproveJob, jobs_pb2.ApproveJobRequest(owner=ANNA, job_id=job.id))
    await hand.work(job.id)
    await sums_hold(house)


async def test_what_is_undone_is_in_no_sum(house: Orchestrator) -> None:
    async def stumble(tx: Tx) -> None:
        tallies.store(tx, ANNA, 5)
        raise errors.StaleVersion("Somebody was faster; look again.")

    async def go(tx: Tx) -> None:
        tallies.store(tx, ANNA, 7)

    answers = await asyncio.gather(*map(house.writer.apply, (go, stumble, go)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [type(None), errors.StaleVersion, type(None)]
    assert [row["bytes"] for row in await house.rows(tables.stored_bytes)] == [14]


async def test_usage_is_told_by_day_and_stage(house: Orchestrator) -> None:
    hand, runs = Hand(house), tables.runs
    job = await house.create(owner=ANNA)
    held = await hand.start(job.id)
    await house.set(runs, runs.c.id == held.run_id, claimed_at=runs.c.claimed_at - 10_000)
    await hand.release(held)
    await hand.work(job.id, until="matte")
    today = await now_ms(house) // DAY_MS
    await spend(house, (today - 3) * DAY_MS, 4.0, "run_old", "pack")
    found = await usage(house, today - 3, today + 1)
    stages = {(each.day < today, each.stage): each for each in found.stages}
    assert next((each.runs, each.useful_seconds) for each in stages.values()) == (1, 4.0)
    assert {stage for old, stage in stages if not old} == {1, 2}
    wasted = sum(each.wasted_seconds for each in found.stages)
    assert 10 <= wasted <= 12
    assert (found.jobs_in_flight, found.limits.jobs_in_flight) == (1, 0)
    assert not (await usage(house, today - 2, today - 1)).stages or found.stages[-1].day < today
    for wrong in ((today, today - 1), (today - 400, today)):
        with pytest.raises(errors.InvalidRequest):
            await usage(house, *wrong)


async def test_the_ledger_forgets_after_400_days(house: Orchestrator) -> None:
    now = await now_ms(house)
    for days in (399, 402, 500):
        await spend(house, now - days * DAY_MS, 1.0, f"run_{days}")
    tools = Tools(house.database, house.writer, None, AGES)  # type: ignore[arg-type]
    assert await ledger.sweep(tools) is False
    assert [row["run_id"] for row in await house.rows(tables.worker_seconds)] == ["run_399"]
    assert len(await house.rows(tables.worker_hours)) == 1
