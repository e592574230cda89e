"""New work is refused at the door, with a time to come back, and work that was let in never is."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from popcon import errors, rpc
from popcon.v1 import common_pb2, jobs_pb2
from services.orchestrator import tables
from services.orchestrator.rules.admission import Limits
from tests.fixtures.orchestrator import Orchestrator, an_action, orchestrator
from tests.fixtures.work import Hand

LIMITS = Limits(queue=12, owner_queue=8, wait_s={"interactive": 10.0, "batch": 3600.0})


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[Orchestrator]:
    """One with small limits, which counts when it is told to."""
    async with orchestrator(tmp_path, limits=LIMITS, database_url=database_url) as found:
        yield found


@contextlib.asynccontextmanager
async def refused() -> AsyncIterator[None]:
    with pytest.raises(errors.Overloaded) as caught:
        yield
    assert 1 <= caught.value.retry_after_s <= 300


async def test_a_full_queue_refuses_new_jobs_until_it_is_shorter(house: Orchestrator, hand: Hand) -> None:
    first = await house.create(*["joy"] * 8)
    async with refused():
        await house.create()
    await house.create(lane=common_pb2.LANE_INTERACTIVE)
    await house.create(*["joy"] * 8, owner="other")
    async with refused():
        await house.create(owner="third")
    await house.door.look()
    async with refused():
        await house.create()
    await rpc.call(house.jobs.CancelJob, jobs_pb2.CancelJobRequest(owner="local", job_id=first.id))
    await house.door.look()
    await house.create()
    assert len(await house.rows(tables.jobs)) == 4  # a refused job left nothing behind


async def test_what_was_answered_once_is_answered_again_however_full_it_is(house: Orchestrator) -> None:
    picture = await house.picture()
    request = jobs_pb2.CreateJobRequest(
        owner="local", picture_id=picture.id, actions=[an_action()] * 8, idempotency_key="k"
    )
    first = await rpc.call(house.jobs.CreateJob, request)
    async with refused():
        await house.create()
    assert await rpc.call(house.jobs.CreateJob, request) == first


async def test_beginning_anew_passes_the_door_and_going_on_does_not(house: Orchestrator, hand: Hand) -> None:
    job = await house.create(review=True)
    await hand.work(job.id)
    (action,) = (await house.job(job.id)).actions
    await house.create(*["joy"] * 8)
    anew = (
        (house.jobs.RegenerateAction, jobs_pb2.RegenerateActionRequest(owner="local", action_id=action.id)),
        (house.jobs.ResumeAction, jobs_pb2.ResumeActionRequest(owner="local", action_id=action.id, stage=1)),
        (house.jobs.ResumeJob, jobs_pb2.ResumeJobRequest(owner="local", job_id=job.id, stage=1)),
    )
    for method, request in anew:
        async with refused():
            await rpc.call(method, request)
    (unchanged,) = (await house.job(job.id)).actions
    assert unchanged == action
    await rpc.call(house.jobs.ApproveJob, jobs_pb2.ApproveJobRequest(owner="local", job_id=job.id))
    assert (await house.job(job.id)).actions[0].state == jobs_pb2.ACTION_STATE_QUEUED


async def passed(house: Orchestrator, seconds: int) -> None:
    """Lets all that happened have happened some seconds earlier."""
    runs = tables.runs
    async with house.database.writing.begin() as connection:
        for column in (runs.c.ended_at, runs.c.lease_until):
            earlier = {column.name: column - seconds * 1000}
            await connection.execute(sa.update(runs).where(column.is_not(None)).values(earlier))
    house.door._seen_until -= seconds * 1000


async def test_a_lane_that_could_not_be_begun_soon_is_closed_to_who_has_much_in_it(
    house: Orchestrator, hand: Hand
) -> None:
    job = await house.create(*["joy"] * 6, lane=common_pb2.LANE_INTERACTIVE)
    await house.door.look()
    for run in (await hand.queued(job.id))[:3]:
        await hand.succeed(await hand.take(run["id"]))  # of a quarter of a second each
    await passed(house, 10)
    await house.door.look()
    # Three runs in ten seconds, and twenty-one to go: three that have four stages before them, three that have three.
    async with refused():
        await house.create(lane=common_pb2.LANE_INTERACTIVE)
    await house.create(lane=common_pb2.LANE_INTERACTIVE, owner="other")
    await house.create(lane=common_pb2.LANE_BATCH)


async def test_one_person_with_one_machine_is_let_in_with_forty_actions(tmp_path: Path) -> None:
    async with orchestrator(tmp_path) as house:
        for _ in range(3):
            await house.create(*["joy"] * 40, lane=common_pb2.LANE_INTERACTIVE)
        await house.door.look()
        await house.create(*["joy"] * 40, lane=common_pb2.LANE_INTERACTIVE)
