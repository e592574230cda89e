"""A worker that is told to stop: it takes nothing more, ends what it holds, or hands it back in time."""

import asyncio

from popcon.worker.work import Work
from services.orchestrator import tables
from tests.fixtures.waiting import eventually
from tests.fixtures.workshop import Gate, Toy, Workshop


async def test_what_is_in_hand_is_finished(shop: Workshop) -> None:
    gate = Gate()
    first = await shop.house.create()
    async with shop.working(Toy(gate.wait), grace_s=20) as worker:
        await eventually(lambda: gate.reached == 1)
        second = await shop.house.create()
        worker.stop.set()
        gate.open()
        await worker.stopped()
    await shop.run(first.id, "succeeded")
    assert (await shop.run(second.id, "queued"))["attempt"] == 0
    assert worker.handler.attempts == [1]


async def test_an_idle_worker_stops_at_once(shop: Workshop) -> None:
    async with shop.working(Toy(), grace_s=60) as worker:
        await worker.stopped(within_s=2)


async def test_what_does_not_end_in_time_is_handed_back_and_taken_at_once(shop: Workshop) -> None:
    gate, job = Gate(), await shop.house.create()
    async with shop.working(Toy(gate.wait), grace_s=0.6) as worker:
        await eventually(lambda: gate.reached == 1)
        await worker.stopped(within_s=3)
        assert gate.stopped == 1
    run = await shop.run(job.id, "queued")
    assert (run["losses"], run["tries"], run["attempt"]) == (0, 0, 1)
    async with shop.working(Toy()) as other:
        await eventually(lambda: other.handler.attempts == [2], 5)
        await shop.run(job.id, "succeeded")
        await shop.nothing_pending()


async def test_every_slot_is_handed_back(shop: Workshop) -> None:
    gate, job = Gate(), await shop.house.create(*["joy"] * 5)
    async with shop.working(Toy(gate.wait), slots=3, grace_s=0.5) as worker:
        await eventually(lambda: gate.reached == 3)
        await worker.stopped(within_s=3)
    rows = await shop.house.rows(tables.runs, tables.runs.c.job_id == job.id)
    assert [row["state"] for row in rows] == ["queued"] * 5
    assert sum(row["attempt"] for row in rows) == 3


async def test_work_that_hears_nothing_is_left_behind_in_time(shop: Workshop) -> None:
    never = asyncio.Event()

    async def deaf(work: Work) -> None:
        if work.assignment.attempt == 1:
            await never.wait()

    job = await shop.house.create()
    async with shop.working(Toy(deaf), grace_s=0.2) as worker:
        await eventually(lambda: worker.handler.seen)
        await worker.stopped(within_s=3)
    # Nobody extends its lease any more.
    await shop.house.end_lease((await shop.run(job.id, "running"))["id"])
    async with shop.working(Toy(deaf)):
        await shop.run(job.id, "succeeded")


async def test_stopping_twice_is_stopping_once(shop: Workshop) -> None:
    async with shop.working(Toy()) as worker:
        await worker.stopped()
        await worker.stopped()
