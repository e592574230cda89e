"""Where JetStream would surprise a worker it does not; how it could is in `tests/integration/bus`."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from popcon import errors
from popcon.bus import STREAM
from popcon.worker.work import Work
from services.orchestrator import tables
from tests.fixtures.nats import NatsServer, connected
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.waiting import eventually
from tests.fixtures.work import Hand
from tests.fixtures.workshop import Gate, Toy, Workshop, workshop

ACK_WAIT_S = 0.8
# Worker, orchestrator and test share one interpreter here, so that what blocks one slows all of them.
SHARED_ACK_WAIT_S = 2.5


async def deliveries(server: NatsServer) -> int:
    """Of startframe tasks of the batch lane, repeats included."""
    async with connected(server) as (_, js):
        delivered = (await js.consumer_info(STREAM, "startframe-batch")).delivered
        return delivered.consumer_seq if delivered else 0


@pytest.mark.parametrize("ack_waits", [1.5, pytest.param(5, marks=pytest.mark.full)])
async def test_work_that_blocks_python_past_the_ack_wait_is_delivered_once(
    tmp_path: Path, nats_server: NatsServer, ack_waits: float
) -> None:
    async with workshop(tmp_path, nats_server, lease_s=SHARED_ACK_WAIT_S) as shop:
        await shop.quick_redelivery(ack_wait_s=SHARED_ACK_WAIT_S)

        def block(until: float) -> None:
            while time.monotonic() < until:  # pure Python: it holds the interpreter as long as it may
                sum(range(1000))

        async def deed(work: Work) -> None:
            await work.compute(block, time.monotonic() + ack_waits * SHARED_ACK_WAIT_S)

        job = await shop.house.create()
        async with shop.working(Toy(deed)) as worker, shop.working(Toy(deed)) as idle:
            await shop.run(job.id, "succeeded")
            await shop.nothing_pending()
    assert await deliveries(nats_server) == 1
    assert len(worker.handler.attempts) + len(idle.handler.attempts) == 1


async def test_a_worker_that_lost_its_run_speaks_for_the_task_no_more(tmp_path: Path, nats_server: NatsServer) -> None:
    async with workshop(tmp_path, nats_server, lease_s=ACK_WAIT_S) as shop:
        gate, job = Gate(), await shop.house.create()
        async with shop.working(Toy(gate.wait)):
            await eventually(lambda: gate.reached == 1)
            await shop.quick_redelivery(ack_wait_s=ACK_WAIT_S)
            run = await shop.run(job.id, "running")
            await shop.house.end_lease(run["id"])
            await shop.house.reconciler.end_leases()
            other = Hand(shop.house, "other")
            held = await other.take(run["id"])
            await eventually(lambda: gate.stopped == 1)
            before = await deliveries(nats_server)

            async def comes_again() -> bool:
                return await deliveries(nats_server) > before

            await eventually(comes_again)
            await other.succeed(held)
            await shop.nothing_pending()


async def test_a_retry_waits_in_sql_and_holds_no_place_in_the_broker(shop: Workshop) -> None:
    async def fail(work: Work) -> None:
        raise errors.Unavailable("a part is away")

    job = await shop.house.create()
    async with shop.working(Toy(fail)):

        async def tried() -> bool:
            (row,) = await shop.house.rows(tables.runs, tables.runs.c.job_id == job.id)
            return bool(row["tries"] == 1)

        await eventually(tried)
        await shop.nothing_pending()
        async with connected(shop.server) as (_, js):
            assert (await js.consumer_info(STREAM, "startframe-batch")).num_ack_pending == 0
    waiting = await shop.house.rows(tables.outbox, tables.outbox.c.published_at.is_(None))
    assert [row["run_id"] for row in waiting] == [(await shop.run(job.id, "queued"))["id"]]


async def test_a_stop_while_pulls_are_under_way_loses_no_task(shop: Workshop) -> None:
    """A worker stops between two pulls and never in one: each task is delivered to somebody who works on it."""
    job = await shop.house.create(*["joy"] * 12)
    seen = []
    for _ in range(6):
        async with shop.working(Toy()) as worker:
            await eventually(lambda worker=worker: worker.handler.seen)  # type: ignore[misc]
            await worker.stopped(within_s=3)
        seen += worker.handler.seen
        if len(seen) >= 12:
            break
    async with shop.working(Toy()) as worker:
        await shop.nothing_pending()
    seen += worker.handler.seen
    assert [work.assignment.attempt for work in seen] == [1] * 12
    assert await deliveries(shop.server) == 12
    assert job.id


@pytest.mark.full
async def test_a_full_stream_keeps_the_outbox_row_until_there_is_room(tmp_path: Path, nats_server: NatsServer) -> None:
    async with workshop(tmp_path, nats_server) as shop:
        async with connected(nats_server) as (_, js):
            config = (await js.stream_info(STREAM)).config
            await js.update_stream(config.evolve(max_bytes=700))
        # Gated: nobody here takes what a next stage would put into the stream.
        await shop.house.create(*["joy"] * 8, review=True)

        async def some_wait() -> bool:
            rows = await shop.house.rows(tables.outbox)
            return 0 < len([row for row in rows if row["published_at"]]) < len(rows) == 8

        await eventually(some_wait)
        async with shop.working(Toy()) as worker:
            await eventually(lambda: len(worker.handler.seen) == 8, 20)
            await shop.nothing_pending()
        assert worker.handler.attempts == [1] * 8


@pytest.fixture
async def house(tmp_path: Path, nats_server: NatsServer) -> AsyncIterator[Orchestrator]:
    async with orchestrator(tmp_path, nats_server.url, background=False) as found:
        await found.connected.wait()
        yield found


async def test_a_row_that_was_written_earlier_and_committed_later_is_published_too(house: Orchestrator) -> None:
    """The relay looks for what is unpublished, never for what is newer than the last."""
    runs = tables.runs
    await house.create("joy")
    (early,) = await house.rows(runs)
    await house.set(runs, runs.c.id == early["id"], published_at=1, stream_seq=1)  # not to be seen yet
    await house.create("cry")
    assert await house.relay.publish_due()
    (_, late) = await house.rows(runs)
    assert late["published_at"]
    assert early["id"] < late["id"]
    await house.set(runs, runs.c.id == early["id"], published_at=None, stream_seq=None)
    assert await house.relay.publish_due()
    assert (await house.bus.pending())["startframe", "batch"] == 2
