"""Fault 6: an action is cancelled at any moment of its life, while its worker goes on."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from popcon import rpc
from popcon.v1 import jobs_pb2, runs_pb2
from services.orchestrator import tables
from tests.fixtures import invariants
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.sources import FolderObjects, Sources
from tests.fixtures.work import CONTINUE, SETTLED, Hand

CANCELLED, DONE = jobs_pb2.ACTION_STATE_CANCELLED, jobs_pb2.ACTION_STATE_DONE
STAGES = ("startframe", "motion", "matte", "pack")
STATES = ("outbox", "published", "leased", "beating", "lost", "retried", "committing", "done")
APART_S = 0.004
NOT_LOOKED_AT = {
    "outputs_are_there",
    "store_is_whole",
    "outbox_is_empty",
}  # nobody publishes here, and nothing is stored


@pytest.mark.parametrize("times", [40, pytest.param(200, marks=pytest.mark.full)])
async def test_an_action_that_is_cancelled_ends_once(
    house: Orchestrator, hand: Hand, database_url: str, tmp_path: Path, times: int
) -> None:
    for seed in range(times):
        chance = random.Random(seed)
        state, stage = STATES[seed % len(STATES)], chance.choice(STAGES)
        print(f"seed {seed}: {state} at {stage}")
        await cancelled_once(house, hand, chance, state, stage)
    assert await asyncio.to_thread(breaches, Sources(database_url, FolderObjects(tmp_path))) == []
    unclaimed = (tables.runs.c.attempt == 0, tables.runs.c.seconds + tables.runs.c.wasted > 0)
    assert await house.rows(tables.runs, *unclaimed) == []


def breaches(sources: Sources) -> list[str]:
    data = invariants.read(sources)
    looked_at = [check for check in invariants.CHECKS if check.__name__ not in NOT_LOOKED_AT]
    return [breach for check in looked_at for breach in check(data)]


async def cancelled_once(house: Orchestrator, hand: Hand, chance: random.Random, state: str, stage: str) -> None:
    job = await house.create()
    held = await brought(house, hand, job.id, state, stage)
    ways: list[Callable[[], Awaitable[object]]] = [lambda: cancel(house, job)]
    if held is not None:
        verbs = (hand.succeed, hand.beat, hand.release, hand.fail)
        verb = hand.succeed if state == "committing" else chance.choice(verbs)
        ways.append(lambda: verb(held))
    await asyncio.gather(*(after(chance.uniform(0, APART_S), way) for way in ways))
    await only_the_end_is_left(house, hand, job, held, must_be_done=state == "done")


async def brought(house: Orchestrator, hand: Hand, job_id: str, state: str, stage: str) -> runs_pb2.Assignment | None:
    """Brings the action of a job to a state; answers what a worker holds then."""
    await hand.work(job_id, until="" if state == "done" else stage)
    if state in ("outbox", "done"):
        return None
    (run,) = await hand.queued(job_id, stage)
    if state == "published":
        await house.set(tables.runs, tables.runs.c.id == run["id"], published_at=1, stream_seq=1)
        return None
    held = await hand.take(run["id"])
    if state == "beating":
        await hand.beat(held, 0.5)
    elif state == "lost":
        await house.end_lease(run["id"])
        await house.reconciler.end_leases()
    elif state == "retried":
        await hand.fail(held, retryable=True)
    return held


async def after(seconds: float, way: Callable[[], Awaitable[object]]) -> object:
    await asyncio.sleep(seconds)
    return await way()


async def cancel(house: Orchestrator, job: jobs_pb2.Job) -> jobs_pb2.Action:
    request = jobs_pb2.CancelActionRequest(owner="local", action_id=job.actions[0].id)
    return (await rpc.call(house.jobs.CancelAction, request)).action


async def only_the_end_is_left(
    house: Orchestrator, hand: Hand, job: jobs_pb2.Job, held: runs_pb2.Assignment | None, *, must_be_done: bool
) -> None:
    """Nothing that anybody still says changes anything."""
    first = await cancel(house, job)
    assert first.state in ((DONE,) if must_be_done else (CANCELLED, DONE, jobs_pb2.ACTION_STATE_FAILED))
    await hand.work(job.id)  # the set of what is done
    before = await house.job(job.id)
    if held is not None:
        assert await hand.beat(held) != CONTINUE
        assert await hand.succeed(held) in (SETTLED, runs_pb2.VERDICT_TAKEN)
        assert (await hand.claim(held.run_id)).verdict == SETTLED
    assert await cancel(house, job) == first
    assert await house.job(job.id) == before
