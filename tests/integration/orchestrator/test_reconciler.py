"""What the stream lost is published again: SQL is the truth."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from popcon import errors
from popcon.bus import STREAM
from popcon.v1 import common_pb2
from services.orchestrator import reconciler, tables
from services.orchestrator.runs import Timing
from tests.fixtures.nats import NatsServer, connected
from tests.fixtures.orchestrator import DEADLINE_S, STAGES, Orchestrator, orchestrator
from tests.fixtures.waiting import eventually
from tests.fixtures.work import Hand
from tests.integration.orchestrator.test_relay import pending, publish

BATCH = ("startframe", "batch")


@pytest.fixture
async def house(tmp_path: Path, nats_server: NatsServer, database_url: str) -> AsyncIterator[Orchestrator]:
    """One that reconciles and publishes when it is told to."""
    async with orchestrator(tmp_path, nats_server.url, database_url=database_url, background=False) as found:
        await found.connected.wait()
        yield found


async def let_settle(house: Orchestrator, milliseconds: int = reconciler.SETTLING_MS + 1000) -> None:
    """Lets what was published have been so for a while."""
    runs = tables.runs
    await house.set(runs, runs.c.published_at.is_not(None), published_at=runs.c.published_at - milliseconds)


async def reconcile(house: Orchestrator) -> None:
    await house.reconciler.publish_lost()
    await publish(house)


async def test_a_stream_that_lost_everything_is_set_up_and_filled_again(
    house: Orchestrator, nats_server: NatsServer
) -> None:
    await house.create("joy", "cry")
    await house.create(lane=common_pb2.LANE_INTERACTIVE)
    await publish(house)
    await let_settle(house)
    async with connected(nats_server) as (_, js):
        await js.delete_stream(STREAM)
    await reconcile(house)
    assert await pending(house) == {BATCH: 2, ("startframe", "interactive"): 1}


async def test_a_stream_is_set_up_again_even_when_nothing_waits_in_it(
    house: Orchestrator, nats_server: NatsServer
) -> None:
    async with connected(nats_server) as (_, js):
        await js.delete_stream(STREAM)
    await house.create()
    with pytest.raises(errors.Unavailable):
        await house.relay.publish_due()
    await reconcile(house)
    assert await pending(house) == {BATCH: 1}


async def test_a_consumer_that_is_gone_comes_back_and_hands_out_what_waits(
    house: Orchestrator, nats_server: NatsServer
) -> None:
    await house.create()
    await publish(house)
    await let_settle(house)
    async with connected(nats_server) as (_, js):
        await js.delete_consumer(STREAM, "startframe-batch")
    await reconcile(house)
    assert await pending(house) == {BATCH: 1}, "the task was still there"
    puller = await house.bus.bind("startframe", "batch")
    assert await puller.pull(5) is not None


async def test_what_the_stream_holds_is_left_alone(house: Orchestrator) -> None:
    await house.create("joy", "cry")
    await publish(house)
    await let_settle(house)
    await reconcile(house)
    assert await pending(house) == {BATCH: 2}
    assert len(await house.rows(tables.outbox)) == 2


async def test_what_was_published_just_now_is_left_alone(house: Orchestrator, nats_server: NatsServer) -> None:
    await house.create()
    await publish(house)
    async with connected(nats_server) as (_, js):
        await js.purge_stream(STREAM)
    await reconcile(house)
    assert await pending(house) == {}
    await let_settle(house)
    await reconcile(house)
    assert await pending(house) == {BATCH: 1}


async def test_what_nobody_claimed_for_long_is_left_alone_while_the_stream_holds_it(house: Orchestrator) -> None:
    await house.create("joy", "cry")
    await publish(house)
    await let_settle(house, reconciler.LONG_MS + 1000)
    await reconcile(house)
    assert await pending(house) == {BATCH: 2}


async def test_a_task_whose_loss_another_message_hides_is_found_in_the_end(
    house: Orchestrator, nats_server: NatsServer
) -> None:
    await house.create()
    await publish(house)
    async with connected(nats_server) as (_, js):
        await js.purge_stream(STREAM)
        await js.publish("popcon.tasks.startframe.batch", b"", stream=STREAM)
    await let_settle(house)
    await reconcile(house)
    assert await pending(house) == {BATCH: 1}, "the counts agree, so nobody looked"
    await let_settle(house, reconciler.LONG_MS + 1000)
    await reconcile(house)
    assert await pending(house) == {BATCH: 2}


async def test_what_was_claimed_meanwhile_is_left_alone(
    house: Orchestrator, hand: Hand, nats_server: NatsServer
) -> None:
    job = await house.create()
    await publish(house)
    await let_settle(house)
    async with connected(nats_server) as (_, js):
        await js.purge_stream(STREAM)
    await hand.start(job.id)
    await reconcile(house)
    assert await pending(house) == {}


async def test_a_retry_that_is_not_due_is_not_lost(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.fail(await hand.start(job.id), retryable=True)
    rows = await house.rows(tables.outbox)
    await let_settle(house, reconciler.LONG_MS + 1000)
    await house.reconciler.publish_lost()
    assert await house.rows(tables.outbox) == rows


async def test_what_was_sent_long_ago_is_forgotten(house: Orchestrator) -> None:
    await house.create("joy", "cry")
    await publish(house)
    first, second = await house.rows(tables.outbox)
    long_ago = first["published_at"] - reconciler.PUBLISHED_KEPT_MS - 1000
    await house.set(tables.outbox, tables.outbox.c.id == first["id"], published_at=long_ago)
    await house.writer.apply(reconciler.prune)
    assert [row["id"] for row in await house.rows(tables.outbox)] == [second["id"]]


async def test_a_wiped_store_loses_no_job(
    tmp_path: Path, own_nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "SETTLING_MS", 0)
    async with orchestrator(tmp_path, own_nats.url) as house:
        await house.connected.wait()
        await house.create("joy", "cry")

        async def both() -> bool:
            with contextlib.suppress(errors.PopconError):
                return await pending(house) == {BATCH: 2}
            return False

        await eventually(both)
        own_nats.kill()
        own_nats.wipe()
        await own_nats.start()
        await eventually(both)


async def test_leases_are_not_ended_before_workers_could_be_heard_again(tmp_path: Path, database_url: str) -> None:
    async with orchestrator(tmp_path, database_url=database_url) as before:
        held = await Hand(before).start((await before.create()).id)
        await before.end_lease(held.run_id)
    async with orchestrator(tmp_path, database_url=database_url) as after:
        patient = watcher(after, grace_s=60)
        await one_look(patient)
        assert (await after.run_row(held.run_id))["state"] == "running"
        hasty = watcher(after, grace_s=0)
        await one_look(hasty)
        assert (await after.run_row(held.run_id))["state"] == "queued"


def watcher(house: Orchestrator, grace_s: float) -> reconciler.Reconciler:
    timing = Timing(15, dict.fromkeys(STAGES, DEADLINE_S))
    return reconciler.Reconciler(house.database, house.writer, house.bus, 0.01, grace_s, timing)


async def one_look(watcher: reconciler.Reconciler) -> None:
    """Lets it look once."""
    looked = asyncio.Event()

    async def publish_lost() -> None:  # what comes after the leases
        looked.set()

    watcher.publish_lost = publish_lost  # type: ignore[method-assign]
    looking = asyncio.create_task(watcher.run())
    await asyncio.wait_for(looked.wait(), 10)
    looking.cancel()
    await asyncio.wait([looking])
