"""The stage loop with nothing faked: tasks are taken, worked on, reported and acknowledged."""

import asyncio
import time
from pathlib import Path

import pytest

from popcon import errors, rpc
from popcon.bus import DEAD_LETTERS, STREAM
from popcon.v1 import common_pb2, jobs_pb2, sets_pb2, tasks_pb2
from popcon.worker import loop
from popcon.worker.noop import Noop
from popcon.worker.work import Work
from services.orchestrator import tables
from services.orchestrator.rules import retry
from tests.fixtures.nats import NatsServer, connected
from tests.fixtures.orchestrator import STAGES
from tests.fixtures.waiting import eventually
from tests.fixtures.workshop import Gate, Toy, Workshop, workshop

SUBJECT = "popcon.tasks.startframe.batch"


async def done(shop: Workshop, job_id: str) -> jobs_pb2.Job:
    async def is_done() -> jobs_pb2.Job | None:
        job = await shop.house.job(job_id)
        over = job.state == jobs_pb2.JOB_STATE_DONE and job.sets[0].state == sets_pb2.SET_STATE_COMPLETE
        return job if over else None

    return await eventually(is_done, 20)


async def test_a_job_goes_through_every_stage(shop: Workshop) -> None:
    created = await shop.house.create("joy", "cry")
    async with shop.working(Noop(0.0), *STAGES):
        job = await done(shop, created.id)
        await shop.nothing_pending(*STAGES)
    for action in job.actions:
        assert [(run.attempt, run.progress) for run in action.runs] == [(1, 1.0)] * 4
        for run in action.runs:
            for artifact in (run.manifest, *run.outputs):
                stored = await shop.store.stat(artifact.key)
                assert stored is not None
                assert (stored.sha256, stored.size) == (artifact.sha256, artifact.size)
            assert run.manifest.key.endswith("/1/manifest.json")
    assert job.sets[0].zip.size


async def test_each_run_is_worked_on_once(shop: Workshop) -> None:
    job = await shop.house.create(*["joy"] * 6)
    async with shop.working(Toy(), slots=3) as worker:
        await eventually(lambda: all_succeeded(shop, job.id))
        await shop.nothing_pending()
    assert len({work.assignment.run_id for work in worker.handler.seen}) == len(worker.handler.seen) == 6


async def all_succeeded(shop: Workshop, job_id: str) -> bool:
    runs = tables.runs
    rows = await shop.house.rows(runs, runs.c.job_id == job_id, runs.c.stage == "startframe")
    return {row["state"] for row in rows} == {"succeeded"}


async def test_a_slot_is_taken_before_a_task(shop: Workshop) -> None:
    gate = Gate()
    await shop.house.create(*["joy"] * 5)
    async with shop.working(Toy(gate.wait), slots=2):
        await eventually(lambda: gate.reached == 2)
        async with connected(shop.server) as (_, js):
            assert (await js.consumer_info(STREAM, "startframe-batch")).num_ack_pending == 2
        gate.open()
        await eventually(lambda: gate.reached == 5)


async def test_a_task_delivered_twice_is_worked_on_once(shop: Workshop) -> None:
    gate = Gate()
    await shop.quick_redelivery()
    job = await shop.house.create()
    async with connected(shop.server) as (_, js):

        async def twice() -> bool:
            return await shop.pending() == 2

        await eventually(lambda: published(shop))
        message = await js.get_last_msg(STREAM, SUBJECT)
        assert message.data
        await js.publish(SUBJECT, message.data)
        await eventually(twice)
    async with shop.working(Toy(gate.wait), slots=2) as worker:
        await shop.run(job.id, "running")
        gate.open()
        await shop.nothing_pending()
    assert worker.handler.attempts == [1]
    assert (await shop.run(job.id, "succeeded"))["attempt"] == 1


async def published(shop: Workshop) -> bool:
    return all(row["published_at"] for row in await shop.house.rows(tables.outbox))


async def test_progress_is_told_while_a_thread_is_blocked(tmp_path: Path, nats_server: NatsServer) -> None:
    async with workshop(tmp_path, nats_server, lease_s=0.4) as shop:
        release = asyncio.Event()
        job = await shop.house.create()

        def block(work: Work, deadline: float) -> None:
            work.progress(0.5)
            while not release.is_set() and time.monotonic() < deadline:
                time.sleep(0.01)

        async def deed(work: Work) -> None:
            await work.compute(block, work, time.monotonic() + 10)

        async with shop.working(Toy(deed)) as worker:
            first = await shop.run(job.id, "running")

            async def extended() -> bool:
                run = await shop.run(job.id, "running")
                return run["progress"] == 0.5 and run["lease_until"] > first["lease_until"] + 600

            await eventually(extended)
            release.set()
            run = await shop.run(job.id, "succeeded")
    assert (worker.handler.attempts, run["losses"]) == ([1], 0)


async def test_work_that_a_person_superseded_stops_at_the_next_heartbeat(
    tmp_path: Path, nats_server: NatsServer
) -> None:
    async with workshop(tmp_path, nats_server, lease_s=0.4) as shop:
        gate = Gate()
        job = await shop.house.create()
        async with shop.working(Toy(gate.wait)) as worker:
            await eventually(lambda: gate.reached == 1)
            request = jobs_pb2.RegenerateActionRequest(owner="local", action_id=job.actions[0].id)
            await rpc.call(shop.house.jobs.RegenerateAction, request)
            await eventually(lambda: gate.stopped == 1)
            gate.open()
            await shop.run(job.id, "succeeded", number=2)
            await shop.nothing_pending()
        states = [row["state"] for row in await shop.house.rows(tables.runs, tables.runs.c.stage == "startframe")]
    assert states == ["superseded", "succeeded"]
    assert [work.assignment.number for work in worker.handler.seen] == [1, 2]


@pytest.mark.parametrize("lane", [common_pb2.LANE_BATCH, common_pb2.LANE_INTERACTIVE])
async def test_a_queue_is_worked_off_without_waiting_at_the_other_lane(shop: Workshop, lane: int) -> None:
    job = await shop.house.create(*["joy"] * 12, lane=lane)
    await eventually(lambda: published(shop))
    async with shop.working(Toy()) as worker:
        began = time.monotonic()
        await eventually(lambda: len(worker.handler.seen) == 12)
        took = time.monotonic() - began
    assert took < 12 * loop.PULL_S / 2
    assert job.id


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff no task",
        b"",
        tasks_pb2.Task(schema=1).SerializeToString(),
    ],
    ids=["garbage", "nothing", "without a run"],
)
async def test_what_is_no_task_is_put_away_and_the_next_is_taken(shop: Workshop, data: bytes) -> None:
    async with connected(shop.server) as (_, js):
        await js.publish(SUBJECT, data)
        job = await shop.house.create()
        async with shop.working(Toy()):
            await shop.run(job.id, "succeeded")
            await shop.nothing_pending()

        async def letter() -> bool:
            return (await js.stream_info(DEAD_LETTERS)).state.messages == 1

        await eventually(letter)


async def test_a_task_that_says_more_than_we_know_is_worked_on(shop: Workshop) -> None:
    """Fault 23: a field that a later release added."""
    job = await shop.house.create()
    await eventually(lambda: published(shop))
    (run,) = await shop.house.rows(tables.runs)
    more = b"\x98\x06\x01"  # field 99 is 1
    async with connected(shop.server) as (_, js):
        await js.purge_stream(STREAM)
        await js.publish(SUBJECT, tasks_pb2.Task(schema=1, run_id=run["id"]).SerializeToString() + more)
    async with shop.working(Toy()) as worker:
        await shop.run(job.id, "succeeded")
    assert worker.handler.attempts == [1]


async def test_a_task_of_a_later_version_is_waited_for_and_ends_as_a_failure(shop: Workshop) -> None:
    """Fault 23."""
    job = await shop.house.create("joy", "cry")
    await eventually(lambda: published(shop))
    spared, doomed = await shop.house.rows(tables.runs)
    await shop.house.set(tables.runs, tables.runs.c.id == doomed["id"], tries=retry.OUTAGES_MAX - 1)
    async with connected(shop.server) as (_, js):
        await js.purge_stream(STREAM)
        for run in (spared, doomed):
            await js.publish(SUBJECT, tasks_pb2.Task(schema=2, run_id=run["id"]).SerializeToString())
    async with shop.working(Toy()) as worker:
        await shop.nothing_pending()
        assert worker.handler.seen == []
        waiting, failed = await shop.house.rows(tables.runs)
        assert (waiting["state"], waiting["tries"], failed["state"]) == ("queued", 1, "failed")
        assert (failed["dead_letter"], failed["failure"]["code"]) == ("open", "unavailable")
        assert "tasks of version 2" in failed["failure"]["message"]
        await shop.be_due(job.id)

        async def taken() -> bool:
            return (await shop.house.run_row(spared["id"]))["state"] == "succeeded"

        await eventually(taken)


async def test_the_task_of_a_run_that_nobody_knows_is_acknowledged(shop: Workshop) -> None:
    async with connected(shop.server) as (_, js):
        await js.publish(SUBJECT, tasks_pb2.Task(schema=1, run_id="run_unheard_of").SerializeToString())
    async with shop.working(Toy()) as worker:
        await shop.nothing_pending()
    assert worker.handler.seen == []


async def test_a_consumer_that_was_gone_is_found_again(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "CHECK_EVERY_S", 0.1)
    async with shop.working(Toy()) as worker:
        async with connected(shop.server) as (_, js):
            await js.delete_stream(STREAM)
        job = await shop.house.create()
        await shop.run(job.id, "succeeded")
    assert worker.handler.attempts == [1]


async def test_a_loop_outlives_its_server(tmp_path: Path, own_nats: NatsServer) -> None:
    async with workshop(tmp_path, own_nats) as shop, shop.working(Toy()) as worker:
        first = await shop.house.create()
        await shop.run(first.id, "succeeded")
        own_nats.kill()
        await eventually(lambda: not shop.bus.connected)
        second = await shop.house.create()
        await own_nats.start()
        await shop.run(second.id, "succeeded")
        assert not worker.running.done()


async def test_a_loop_waits_for_streams_that_are_not_there_yet(shop: Workshop) -> None:
    async with connected(shop.server) as (_, js):
        await js.delete_stream(STREAM)
        async with shop.working(Toy()):
            job = await shop.house.create()
            await shop.run(job.id, "succeeded")


async def test_without_a_worker_a_job_waits(shop: Workshop) -> None:
    job = await shop.house.create()
    await eventually(lambda: published(shop))
    assert (await shop.house.job(job.id)).state == jobs_pb2.JOB_STATE_QUEUED
    with pytest.raises(errors.NotFound):
        await shop.bus.bind("nonsense", "batch")
