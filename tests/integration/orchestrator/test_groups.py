"""Changes that are committed together: what is derived is made to agree once for all of them, and is right for each."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from popcon import errors
from popcon.v1 import jobs_pb2, runs_pb2
from services.orchestrator import runs, tables, transitions
from services.orchestrator.tx import Tx
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.work import TAKEN, Hand, a_success
from tests.integration.orchestrator.test_projections import events_are_contiguous, summary_equals_a_rebuild

BOTH = ["line-emoji", "web"]
Change = Callable[[Tx], Awaitable[Any]]


async def together(house: Orchestrator, *changes: tuple[Change, str]) -> list[Any]:
    """Hands changes in at the same moment, so that they are one group; answers results and errors in order."""
    waiting = (house.writer.apply(change, run_id) for change, run_id in changes)
    return await asyncio.gather(*waiting, return_exceptions=True)


def done(held: runs_pb2.Assignment) -> tuple[Change, str]:
    request = runs_pb2.CompleteRequest(run_id=held.run_id, attempt=held.attempt, success=a_success(held))
    return lambda tx: runs.complete(tx, request), held.run_id


def cancelled(action_id: str, version: int = 0) -> tuple[Change, str]:
    request = jobs_pb2.CancelActionRequest(owner="local", action_id=action_id, version=version)
    return lambda tx: transitions.cancel(tx, request), ""


async def all_agrees(house: Orchestrator, job_id: str) -> None:
    await summary_equals_a_rebuild(house, job_id)
    await events_are_contiguous(house, job_id)


async def test_all_packs_of_an_action_may_end_in_one_group(house: Orchestrator, hand: Hand) -> None:
    job = await house.create(targets=BOTH)
    await hand.work(job.id, until="pack")
    held = [await hand.take(run["id"]) for run in await hand.queued(job.id, "pack")]
    assert await together(house, *map(done, held)) == [TAKEN, TAKEN]
    assert (await house.job(job.id)).actions[0].state == jobs_pb2.ACTION_STATE_DONE
    assert {run["target"] for run in await hand.queued(job.id, "assemble")} == set(BOTH)
    await all_agrees(house, job.id)


async def test_the_same_result_twice_in_one_group_counts_once(house: Orchestrator, hand: Hand) -> None:
    held = await hand.start((job := await house.create()).id)
    assert await together(house, done(held), done(held)) == [TAKEN, TAKEN]
    assert len(await hand.queued(job.id, "motion")) == 1
    await all_agrees(house, job.id)


async def test_a_person_sees_what_a_worker_did_just_before_in_the_same_group(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    first, second = [await hand.take(run["id"]) for run in await hand.queued(job.id)]
    results = await together(house, done(first), cancelled(first.action_id), done(second))
    assert results[0] == TAKEN
    assert results[2] == TAKEN
    assert results[1].state == jobs_pb2.ACTION_STATE_CANCELLED
    states = [run["state"] for run in await house.rows(tables.runs, tables.runs.c.action_id == first.action_id)]
    assert states == ["succeeded", "superseded"]
    await all_agrees(house, job.id)


async def test_a_person_who_is_refused_undoes_nothing_that_a_worker_did_in_the_same_group(
    house: Orchestrator, hand: Hand
) -> None:
    job = await house.create("joy", "cry")
    first, second = [await hand.take(run["id"]) for run in await hand.queued(job.id)]
    results = await together(house, done(first), cancelled(first.action_id, version=1), done(second))
    assert results[0] == TAKEN
    assert results[2] == TAKEN
    assert isinstance(results[1], errors.StaleVersion)
    assert len(await hand.queued(job.id, "motion")) == 2
    await all_agrees(house, job.id)


async def test_a_claim_and_a_lost_lease_in_one_group_follow_one_another(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    held = await hand.start(job.id)
    lost: tuple[Change, str] = (lambda tx: runs.release(tx, held.run_id, held.attempt), held.run_id)
    results = await together(house, lost, done(held))
    assert results == [TAKEN, runs.SETTLED]
    assert (await house.run_row(held.run_id))["state"] == "queued"
    await all_agrees(house, job.id)


@pytest.mark.parametrize("actions", [2, 16])
async def test_what_is_derived_is_written_once_per_group(house: Orchestrator, hand: Hand, actions: int) -> None:
    job = await house.create(*["joy"] * actions)
    held = [await hand.take(run["id"]) for run in await hand.queued(job.id)]
    written: Counter[str] = Counter()

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        written[" ".join(statement.split()[:3])] += 1

    engine = house.database.writing.sync_engine
    sa.event.listen(engine, "before_cursor_execute", count)
    assert await together(house, *map(done, held)) == [TAKEN] * actions
    sa.event.remove(engine, "before_cursor_execute", count)
    once = {"INSERT INTO events", "INSERT INTO outbox", "UPDATE jobs SET", "UPDATE job_summaries SET"}
    assert {name: written[name] for name in once} == dict.fromkeys(once, 1)
    await all_agrees(house, job.id)
