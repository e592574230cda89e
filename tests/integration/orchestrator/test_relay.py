"""From the outbox to the stream, on a real server: nothing is lost, and nothing is held twice."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from nats.js.api import RawStreamMsg

from popcon import errors, rpc
from popcon.bus import STREAM
from popcon.v1 import common_pb2, jobs_pb2, tasks_pb2
from services.orchestrator import outbox, tables
from tests.fixtures.nats import NatsServer, connected
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.waiting import eventually
from tests.fixtures.work import Hand

Pending = dict[tuple[str, str], int]


@pytest.fixture
async def house(tmp_path: Path, nats_server: NatsServer, database_url: str) -> AsyncIterator[Orchestrator]:
    """One that publishes when it is told to."""
    options = {"database_url": database_url, "background": False, "backlog": 4}
    async with orchestrator(tmp_path, nats_server.url, **options) as found:
        await found.connected.wait()
        yield found


async def taken_long_ago(house: Orchestrator) -> None:
    """Lets what was taken and not published come free."""
    runs = tables.runs
    taken = sa.and_(runs.c.published_at.is_not(None), runs.c.stream_seq.is_(None))
    await house.set(runs, taken, published_at=runs.c.published_at - outbox.TAKEN_MS)
    await house.relay.tidy()


async def publish(house: Orchestrator) -> None:
    """Publishes everything that there is room for."""
    while await house.relay.publish_due():
        pass


async def pending(house: Orchestrator) -> Pending:
    return {key: count for key, count in (await house.bus.pending()).items() if count}


async def messages(server: NatsServer) -> list[RawStreamMsg]:
    """Everything that the stream holds, oldest first."""
    async with connected(server) as (_, js):
        info = (await js.stream_info(STREAM)).state
        found = []
        for sequence in range(info.first_seq, info.last_seq + 1):
            with contextlib.suppress(Exception):  # acknowledged already
                found.append(await js.get_msg(STREAM, sequence))
        return found


async def test_a_task_names_its_run_and_nothing_more(house: Orchestrator, nats_server: NatsServer) -> None:
    job = await house.create(lane=common_pb2.LANE_INTERACTIVE)
    await publish(house)
    (message,) = await messages(nats_server)
    (row,) = await house.rows(tables.outbox)
    (action,) = job.actions
    assert message.subject == "popcon.tasks.startframe.interactive"
    assert message.headers is not None
    assert message.headers["Nats-Msg-Id"] == row["id"]
    assert message.data is not None
    assert tasks_pb2.Task.FromString(message.data) == tasks_pb2.Task(
        schema=1,
        run_id=action.runs[0].id,
        job_id=job.id,
        action_id=action.id,
        stage=common_pb2.STAGE_STARTFRAME,
        lane=common_pb2.LANE_INTERACTIVE,
    )
    assert row["published_at"]
    run = await house.run_row(action.runs[0].id)
    assert run["published_at"]
    assert run["stream_seq"] == message.seq


async def test_nothing_is_published_twice(house: Orchestrator) -> None:
    await house.create("joy", "cry")
    await publish(house)
    await publish(house)
    assert await pending(house) == {("startframe", "batch"): 2}


async def test_killed_between_publishing_and_marking_it_publishes_again_and_the_stream_holds_it_once(
    house: Orchestrator, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_arguments: object) -> None:
        raise errors.Unavailable("killed")

    await house.create()
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "settle", die)
        with pytest.raises(errors.Unavailable):
            await house.relay.publish_due()
    (row,) = await house.rows(tables.outbox)
    assert row["published_at"] is None
    (first,) = await messages(nats_server)
    await publish(house)
    assert [message.headers for message in await messages(nats_server)] == [first.headers]
    await taken_long_ago(house)
    await publish(house)
    (row,) = await house.rows(tables.outbox)
    assert row["published_at"]
    assert [message.headers for message in await messages(nats_server)] == [first.headers]


async def test_the_backlog_in_the_stream_is_bounded_in_the_order_of_asking(house: Orchestrator, hand: Hand) -> None:
    job = await house.create(*["joy"] * 7)
    await publish(house)
    assert await pending(house) == {("startframe", "batch"): 4}
    waiting = [run["published_at"] is not None for run in await house.rows(tables.runs)]
    assert waiting == [True] * 4 + [False] * 3
    await hand.start(job.id)
    await publish(house)
    rows = await house.rows(tables.runs)
    assert sum(run["published_at"] is not None and run["state"] == "queued" for run in rows) == 4
    assert [run["published_at"] is not None for run in rows] == [True] * 5 + [False] * 2


async def test_many_tasks_of_one_lane_hide_none_of_another(house: Orchestrator, hand: Hand) -> None:
    for _ in range(6):
        await house.create(*["joy"] * 40)
    (first, *_) = await house.rows(tables.runs)
    await hand.succeed(await hand.take(first["id"]))
    await house.create(lane=common_pb2.LANE_INTERACTIVE)
    await publish(house)
    assert await pending(house) == {
        ("startframe", "batch"): 4, ("startframe", "interactive"): 1, ("motion", "batch"): 1,
    }  # fmt: skip


async def test_a_retry_is_published_when_it_is_due(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await publish(house)
    held = await hand.start(job.id)
    await hand.fail(held, retryable=True)
    await publish(house)
    assert await pending(house) == {("startframe", "batch"): 1}
    rows = await house.rows(tables.outbox)
    assert rows[1]["published_at"] is None
    await house.set(tables.runs, tables.runs.c.id == rows[1]["run_id"], not_before=0)
    await publish(house)
    assert await pending(house) == {("startframe", "batch"): 2}


async def test_what_was_superseded_first_is_not_published(house: Orchestrator) -> None:
    job = await house.create("joy", "cry")
    request = jobs_pb2.CancelActionRequest(owner="local", action_id=job.actions[0].id)
    await rpc.call(house.jobs.CancelAction, request)
    await publish(house)
    assert await pending(house) == {("startframe", "batch"): 1}
    await house.relay.tidy()
    assert await all_published(house)


async def test_superseded_tasks_take_no_room(house: Orchestrator) -> None:
    gone = await house.create(*["joy"] * 10)
    await rpc.call(house.jobs.CancelJob, jobs_pb2.CancelJobRequest(owner="local", job_id=gone.id))
    await house.create(*["joy"] * 4)
    await house.relay.publish_due()
    assert await pending(house) == {("startframe", "batch"): 4}


async def test_while_the_server_is_away_tasks_wait_and_then_all_are_published(
    tmp_path: Path, own_nats: NatsServer
) -> None:
    async with orchestrator(tmp_path, own_nats.url) as house:
        await house.connected.wait()
        own_nats.stop()
        await eventually(lambda: not house.bus.connected)
        job = await house.create("joy", "cry")
        assert (await house.job(job.id)).state == jobs_pb2.JOB_STATE_QUEUED
        await own_nats.start()
        await eventually(lambda: all_published(house))
        assert await pending(house) == {("startframe", "batch"): 2}


async def test_a_server_that_comes_later_than_the_orchestrator_gets_every_task(
    tmp_path: Path, own_nats: NatsServer
) -> None:
    own_nats.stop()
    async with orchestrator(tmp_path, own_nats.url) as house:
        await house.create("joy", "cry")
        await own_nats.start()
        await eventually(lambda: all_published(house))
        assert await pending(house) == {("startframe", "batch"): 2}


async def all_published(house: Orchestrator) -> bool:
    return all(row["published_at"] for row in await house.rows(tables.outbox))


async def test_a_crash_loses_no_task(tmp_path: Path, nats_server: NatsServer, database_url: str) -> None:
    async with orchestrator(tmp_path, nats_server.url, database_url=database_url, background=False) as before:
        await before.create("joy", "cry")
    async with orchestrator(tmp_path, nats_server.url, database_url=database_url) as after:
        await eventually(lambda: all_published(after))
        assert await pending(after) == {("startframe", "batch"): 2}


async def test_a_relay_ends_when_it_is_told_to_even_if_it_is_woken_at_that_moment(house: Orchestrator) -> None:
    running = asyncio.create_task(house.relay.run())
    await eventually(lambda: house.relay._new._waiters)  # it waits for news
    house.relay.wake()
    running.cancel()
    await asyncio.wait_for(asyncio.wait([running]), 5)


async def test_an_overloaded_writer_does_not_end_the_relay(
    tmp_path: Path, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with orchestrator(tmp_path, nats_server.url, reconcile_s=60) as house:
        await house.connected.wait()
        refused = 0
        settle = outbox.settle

        async def overloaded(*arguments: object) -> None:
            nonlocal refused
            refused += 1
            if refused == 1:
                raise errors.Overloaded("The orchestrator has more changes waiting than it takes; try again.")
            await settle(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(outbox, "settle", overloaded)
        await house.create()
        await eventually(lambda: refused == 1)
        await taken_long_ago(house)
        await eventually(lambda: all_published(house))
    assert refused == 2
