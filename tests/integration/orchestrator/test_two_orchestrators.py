"""Two orchestrators on one PostgreSQL: whoever is asked, and by how many at once, things happen once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from popcon import errors, rpc
from popcon.bus import STREAM
from popcon.v1 import jobs_pb2
from services.orchestrator import tables, writer
from services.orchestrator.change import change
from services.orchestrator.tx import Tx
from tests.fixtures.nats import NatsServer, connected
from tests.fixtures.orchestrator import Orchestrator, a_picture, an_action, orchestrator
from tests.fixtures.work import CONTINUE, HELD, TAKEN, Hand
from tests.integration.orchestrator.test_projections import events_are_contiguous, summary_equals_a_rebuild
from tests.integration.orchestrator.test_reconciler import let_settle
from tests.integration.orchestrator.test_transitions_api import approve, at_review

Pair = tuple[Orchestrator, Orchestrator]


@pytest.fixture
async def pair(tmp_path: Path, postgres_url: str) -> AsyncIterator[Pair]:
    async with (
        orchestrator(tmp_path, database_url=postgres_url) as one,
        orchestrator(tmp_path, database_url=postgres_url) as two,
    ):
        yield one, two


def poke(job_id: str) -> Callable[[Tx], Awaitable[None]]:
    """A change that records something in a job."""

    async def poked(tx: Tx) -> None:
        async with change(tx, job_id) as job:
            job.event("job.poked")

    return poked


async def pokes(house: Orchestrator, job_id: str) -> int:
    return len(await house.rows(tables.events, tables.events.c.job_id == job_id, tables.events.c.type == "job.poked"))


async def test_claims_of_one_run_at_both_give_one_attempt(pair: Pair) -> None:
    job = await pair[0].create()
    (run,) = await Hand(pair[0]).queued(job.id)
    hands = [Hand(house, f"{number} of {house.address}") for number in range(10) for house in pair]
    answers = await asyncio.gather(*(hand.claim(run["id"]) for hand in hands))
    assert sorted(answer.verdict for answer in answers) == sorted([CONTINUE] + [HELD] * 19)
    row = await pair[0].run_row(run["id"])
    assert (row["state"], row["attempt"]) == ("running", 1)


async def test_one_key_at_both_makes_one_job_and_one_answer(pair: Pair) -> None:
    picture = await pair[0].picture()
    request = jobs_pb2.CreateJobRequest(
        owner="local", picture_id=picture.id, actions=[an_action()], idempotency_key="k"
    )
    calls = (rpc.call(house.jobs.CreateJob, request) for _ in range(10) for house in pair)
    answers = await asyncio.gather(*calls)
    assert all(answer == answers[0] for answer in answers)
    assert [row["id"] for row in await pair[0].rows(tables.jobs)] == [answers[0].job.id]


async def test_a_picture_sent_to_both_is_one_picture(pair: Pair) -> None:
    request = jobs_pb2.CreatePictureRequest(owner="local", picture=a_picture())
    calls = (rpc.call(house.pictures.CreatePicture, request) for _ in range(10) for house in pair)
    assert len({answer.picture.id for answer in await asyncio.gather(*calls)}) == 1


async def test_a_set_whose_actions_end_at_both_at_once_is_assembled_once(pair: Pair) -> None:
    job = await pair[0].create(*["joy"] * 8)
    hands = [Hand(house) for house in pair]
    await hands[0].work(job.id, until="pack")
    runs = await hands[0].queued(job.id, "pack")
    held = [(hands[number % 2], await hands[number % 2].take(run["id"])) for number, run in enumerate(runs)]
    assert await asyncio.gather(*(hand.succeed(taken) for hand, taken in held)) == [TAKEN] * 8
    (assembly,) = await pair[0].rows(tables.runs, tables.runs.c.stage == "assemble")
    items = [item["action_id"] for item in assembly["parameters"]["items"]]
    assert items == [action.id for action in job.actions]


async def test_a_double_click_that_reaches_both_is_one_transition(pair: Pair) -> None:
    job = await at_review(pair[0], Hand(pair[0]))
    action = job.actions[0]
    clicks = await asyncio.gather(*(approve(house, action) for _ in range(5) for house in pair))
    assert all(click == clicks[0] for click in clicks)
    assert clicks[0].version == action.version + 1
    assert len(await Hand(pair[0]).queued(job.id, "motion")) == 1


@pytest.mark.parametrize("wait_ms", [200, 5_000], ids=["a lock that does not come", "a deadlock"])
async def test_changes_that_lock_the_same_jobs_in_opposite_orders_all_come_through(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, wait_ms: int
) -> None:
    monkeypatch.setattr(writer, "_GROUP_WAITS_MS", wait_ms)
    jobs = [(await pair[0].create()).id for _ in range(2)]
    entered, met = 0, asyncio.Event()

    def crossing(order: list[str]) -> Callable[[Tx], Awaitable[None]]:
        async def cross(tx: Tx) -> None:
            nonlocal entered
            await poke(order[0])(tx)
            entered += 1
            if entered == 2:
                met.set()
            await met.wait()
            await poke(order[1])(tx)

        return cross

    groups = (
        asyncio.gather(house.writer.apply(crossing(order)), *(house.writer.apply(poke(order[1])) for _ in range(3)))
        for house, order in zip(pair, (jobs, jobs[::-1]), strict=True)
    )
    await asyncio.gather(*groups)
    assert entered > 2, "neither had to give way"
    for job_id in jobs:
        assert await pokes(pair[0], job_id) == 2 + 3
        await events_are_contiguous(pair[0], job_id)
        await summary_equals_a_rebuild(pair[0], job_id)


async def test_a_job_that_another_holds_keeps_no_other_job_waiting(pair: Pair) -> None:
    house = pair[0]
    held, free = [(await house.create()).id for _ in range(2)]
    async with pair[1].database.writing.begin() as elsewhere:
        await elsewhere.execute(sa.select(tables.jobs.c.id).where(tables.jobs.c.id == held).with_for_update())
        waiting = asyncio.create_task(house.writer.apply(poke(held)))
        await asyncio.gather(*(house.writer.apply(poke(free)) for _ in range(5)))
        await house.writer.apply(poke(free))
        assert not waiting.done()
    await waiting
    assert [await pokes(house, job_id) for job_id in (held, free)] == [1, 6]


async def test_a_job_that_another_never_lets_go_is_unavailable(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_ALONE_WAITS_MS", 50)
    house = pair[0]
    held = (await house.create()).id
    async with pair[1].database.writing.begin() as elsewhere:
        await elsewhere.execute(sa.select(tables.jobs.c.id).where(tables.jobs.c.id == held).with_for_update())
        with pytest.raises(errors.Unavailable, match="Others"):
            await house.writer.apply(poke(held))
    assert await pokes(house, held) == 0
    await house.writer.apply(poke(held))


async def test_leases_that_ran_out_are_ended_once_by_two_reconcilers(pair: Pair) -> None:
    job = await pair[0].create(*["joy"] * 8)
    for run in await Hand(pair[0]).queued(job.id):
        await pair[0].end_lease((await Hand(pair[0]).take(run["id"])).run_id)
    await asyncio.gather(*(house.reconciler.end_leases() for house in pair))
    rows = await pair[0].rows(tables.runs)
    assert [(row["state"], row["losses"]) for row in rows] == [("queued", 1)] * 8
    assert len(await pair[0].rows(tables.outbox)) == 16
    await events_are_contiguous(pair[0], job.id)


async def test_tasks_that_were_lost_are_published_once_by_two_reconcilers(
    tmp_path: Path, postgres_url: str, nats_server: NatsServer
) -> None:
    options: dict[str, Any] = {"database_url": postgres_url, "background": False}
    async with (
        orchestrator(tmp_path, nats_server.url, **options) as one,
        orchestrator(tmp_path, nats_server.url, **options) as two,
    ):
        await asyncio.gather(one.connected.wait(), two.connected.wait())
        await one.create(*["joy"] * 8)
        while await one.relay.publish_due():
            pass
        await let_settle(one)
        async with connected(nats_server) as (_, js):
            await js.purge_stream(STREAM)
        await asyncio.gather(one.reconciler.publish_lost(), two.reconciler.publish_lost())
        assert len(await one.rows(tables.outbox, tables.outbox.c.published_at.is_(None))) == 8
