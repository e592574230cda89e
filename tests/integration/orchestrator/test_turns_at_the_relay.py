"""Any number of relays, owners in turns, each lane with its own room: on SQLite and on PostgreSQL."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from popcon import errors
from popcon.bus import STREAM
from popcon.v1 import common_pb2, tasks_pb2
from services.orchestrator import outbox, tables, waiting
from services.orchestrator.database import now_ms
from tests.fixtures.nats import NatsServer, connected
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.work import Hand
from tests.integration.orchestrator.test_relay import pending, publish, taken_long_ago

BACKLOG = 4


@pytest.fixture
async def houses(
    tmp_path: Path, nats_server: NatsServer, database_url: str
) -> AsyncIterator[tuple[Orchestrator, Orchestrator]]:
    """Two replicas on one database, which publish when they are told to."""
    async with contextlib.AsyncExitStack() as held:
        options = {"background": False, "backlog": BACKLOG, "database_url": database_url}
        found = [
            await held.enter_async_context(orchestrator(tmp_path, nats_server.url, **options))  # type: ignore[arg-type]
            for _ in range(2)
        ]
        for house in found:
            await house.connected.wait()
        yield found[0], found[1]


@pytest.fixture
def house(houses: tuple[Orchestrator, Orchestrator]) -> Orchestrator:
    return houses[0]


async def crowd(house: Orchestrator, owner: str, runs: int, lane: str = "batch", stage: str = "startframe") -> None:
    """Lets an owner have many runs waiting: copies of one that was asked for."""
    job = await house.create(owner=owner)
    (run,) = await house.rows(tables.runs, tables.runs.c.job_id == job.id)
    (row,) = await house.rows(tables.outbox, tables.outbox.c.run_id == run["id"])
    numbers = range(10_000, 10_000 + runs)
    copies = [{**run, "id": f"{run['id'][:-5]}{n:05}", "number": n, "lane": lane, "stage": stage} for n in numbers]
    tasks = [{**row, "id": f"{row['id'][:-5]}{n:05}", "run_id": f"{run['id'][:-5]}{n:05}"} for n in numbers]
    async with house.database.writing.begin() as connection:
        await connection.execute(sa.delete(tables.outbox).where(tables.outbox.c.id == row["id"]))
        await connection.execute(sa.delete(tables.runs).where(tables.runs.c.id == run["id"]))
        await connection.execute(sa.insert(tables.runs), copies)
        await connection.execute(sa.insert(tables.outbox), tasks)


async def published(house: Orchestrator, lane: str = "batch") -> list[str]:
    """Whose tasks the stream was given, in that order, claimed ones too."""
    runs = tables.runs
    rows = await house.rows(runs, runs.c.stream_seq.is_not(None), runs.c.lane == lane)
    return [row["owner"] for row in sorted(rows, key=lambda row: row["stream_seq"])]


async def claim_oldest(house: Orchestrator) -> None:
    """A worker takes what the stream was given first and still waits."""
    runs = tables.runs
    rows = await house.rows(runs, runs.c.stream_seq.is_not(None), runs.c.state == "queued")
    await Hand(house).take(min(rows, key=lambda row: row["stream_seq"])["id"])


async def test_a_new_job_of_one_owner_goes_out_next_however_much_another_has_waiting(house: Orchestrator) -> None:
    await crowd(house, "a", 2_000)
    await publish(house)
    await house.create("joy", "cry", owner="b")
    order = []
    while order.count("b") < 2:
        await claim_oldest(house)
        await publish(house)
        order = await published(house)
    # Before its first: what was out already. Between its two: nothing more.
    assert order == ["a"] * BACKLOG + ["b", "b"]


async def test_a_waiting_crowd_is_neither_sorted_nor_counted(house: Orchestrator) -> None:
    """What an owner has is read as far as there is room for."""
    await crowd(house, "a", 100)
    for number in range(3):
        await house.create(owner=f"b{number}")
    async with house.database.look() as connection:
        (queue,) = await waiting.due(connection, await now_ms(connection), BACKLOG)
    assert queue.room == BACKLOG
    assert {line.owner: len(line.waiting) for line in queue.lines} == {"a": BACKLOG, "b0": 1, "b1": 1, "b2": 1}


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # PostgreSQL plans for a table as full as it is
async def test_a_pass_of_the_relay_reads_no_table_from_end_to_end(house: Orchestrator) -> None:
    async with house.database.writing.begin() as connection:
        explained = sa.text(f"EXPLAIN QUERY PLAN {waiting.DUE.text}")
        plan = [row[-1] for row in await connection.execute(explained, {"now": 0, "backlog": BACKLOG})]
    assert not [step for step in plan if "SCAN runs" in step]
    assert sum("ix_runs_waiting" in step for step in plan) == 5


async def test_weights_make_the_shares(house: Orchestrator) -> None:
    await crowd(house, "light", 30)
    await crowd(house, "heavy", 30)
    async with house.database.writing.begin() as connection:
        await connection.execute(sa.insert(tables.owners).values(owner="heavy", weight=3, created_at=0))
    await publish(house)
    for _ in range(8):
        await claim_oldest(house)
        await publish(house)
    assert Counter(await published(house)) == {"heavy": 9, "light": 3}


async def test_what_an_owner_has_running_counts(house: Orchestrator) -> None:
    await crowd(house, "a", 10)
    await publish(house)
    for _ in range(BACKLOG):
        await claim_oldest(house)
    await crowd(house, "b", 10)
    await publish(house)
    assert await published(house) == ["a"] * BACKLOG + ["b"] * BACKLOG


async def test_lanes_and_stages_have_room_of_their_own(house: Orchestrator) -> None:
    await crowd(house, "a", 40)
    await crowd(house, "a", 40, lane="interactive")
    await crowd(house, "b", 3, stage="motion")
    await publish(house)
    assert await pending(house) == {
        ("startframe", "batch"): 4, ("startframe", "interactive"): 4, ("motion", "batch"): 3,
    }  # fmt: skip


async def test_two_relays_at_once_publish_each_task_once(
    houses: tuple[Orchestrator, Orchestrator], nats_server: NatsServer
) -> None:
    for number in range(3):
        await crowd(houses[0], f"o{number}", 2)
    for _ in range(4):
        await asyncio.gather(*(house.relay.publish_due() for house in houses))
        for _ in range(2):
            with contextlib.suppress(ValueError):
                await claim_oldest(houses[0])
    async with connected(nats_server) as (_, js):
        state = (await js.stream_info(STREAM)).state
        tasks = [
            tasks_pb2.Task.FromString((await js.get_msg(STREAM, seq)).data or b"")
            for seq in range(state.first_seq, state.last_seq + 1)
        ]
    assert len({task.run_id for task in tasks}) == len(tasks) == 6


async def test_what_a_relay_took_and_did_not_publish_another_publishes_under_the_same_id(
    houses: tuple[Orchestrator, Orchestrator], nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_arguments: object) -> int:
        raise errors.Unavailable("killed")

    await houses[0].create("joy", "cry")
    with monkeypatch.context() as patched:
        patched.setattr(houses[0].bus, "publish_task", die)
        patched.setattr(outbox, "settle", die)
        with pytest.raises(errors.Unavailable, match="killed"):
            await houses[0].relay.publish_due()
    await publish(houses[1])
    assert await pending(houses[1]) == {}
    await taken_long_ago(houses[1])
    await publish(houses[1])
    assert await pending(houses[1]) == {("startframe", "batch"): 2}
    ids = {row["id"] for row in await houses[1].rows(tables.outbox)}
    async with connected(nats_server) as (_, js):
        state = (await js.stream_info(STREAM)).state
        messages = [await js.get_msg(STREAM, seq) for seq in range(state.first_seq, state.last_seq + 1)]
    assert {(message.headers or {})["Nats-Msg-Id"] for message in messages} == ids


async def test_what_the_stream_did_not_take_is_given_back_at_once(
    house: Orchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: object) -> int:
        raise errors.Unavailable("The task stream does not take tasks.")

    await house.create("joy", "cry")
    with monkeypatch.context() as patched:
        patched.setattr(house.bus, "publish_task", refuse)
        with pytest.raises(errors.Unavailable):
            await house.relay.publish_due()
    await publish(house)
    assert await pending(house) == {("startframe", "batch"): 2}


async def test_a_retry_that_is_not_due_holds_nobody_up(house: Orchestrator) -> None:
    hand = Hand(house)
    job = await house.create("joy", "cry", lane=common_pb2.LANE_INTERACTIVE)
    first = await hand.start(job.id)
    await hand.fail(first, retryable=True)
    await publish(house)
    (run,) = await house.rows(tables.runs, tables.runs.c.published_at.is_not(None))
    assert run["id"] != first.run_id
