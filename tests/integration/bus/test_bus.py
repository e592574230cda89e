"""What the rest of popcon relies on of NATS, shown on the real server."""

import asyncio
import time

import pytest
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy
from nats.js.errors import NotFoundError

from popcon import errors
from popcon.bus import DEAD_LETTERS, LANES, STAGES, STREAM, Bus, consumer, subject
from popcon.v1 import common_pb2, tasks_pb2
from tests.fixtures.nats import NatsServer, connected
from tests.fixtures.waiting import eventually
from tests.integration.bus.conftest import a_task, opened


async def held(bus: Bus) -> int:
    """How many matte tasks of the batch lane the stream holds."""
    return (await bus.pending())["matte", "batch"]


async def quick_redelivery(js: JetStreamContext) -> None:
    config = (await js.consumer_info(STREAM, "matte-batch")).config
    config.ack_wait = 0.2
    await js.add_consumer(STREAM, config)


async def test_streams_and_consumers_are_as_they_must_be(nats_server: NatsServer, bus: Bus) -> None:
    async with connected(nats_server) as (_, js):
        tasks = (await js.stream_info(STREAM)).config
        assert (tasks.retention, tasks.discard, tasks.max_age) == (RetentionPolicy.WORK_QUEUE, DiscardPolicy.NEW, 0)
        assert (tasks.duplicate_window, tasks.max_msg_size) == (600, 64 * 1024)
        for stage in STAGES:
            for lane in LANES:
                found = (await js.consumer_info(STREAM, consumer(stage, lane))).config
                assert (found.ack_policy, found.max_deliver, found.backoff) == (AckPolicy.EXPLICIT, -1, None)
                assert (found.filter_subject, found.ack_wait) == (subject(stage, lane), 30)
        letters = (await js.stream_info(DEAD_LETTERS)).config
        assert (letters.retention, letters.max_age) == (RetentionPolicy.LIMITS, 30 * 24 * 3600)


async def test_provisioning_again_mends_what_drifted_and_keeps_the_tasks(nats_server: NatsServer, bus: Bus) -> None:
    await bus.publish_task(a_task(), "1", {})
    async with connected(nats_server) as (_, js):
        await quick_redelivery(js)
        config = (await js.stream_info(STREAM)).config
        config.duplicate_window = 5
        await js.update_stream(config)
        await bus.provision()
        await bus.provision()
        assert (await js.consumer_info(STREAM, "matte-batch")).config.ack_wait == 30
        assert (await js.stream_info(STREAM)).config.duplicate_window == 600
    assert await held(bus) == 1


async def test_only_provisioning_makes_consumers(nats_server: NatsServer, bus: Bus) -> None:
    async with connected(nats_server) as (_, js):
        await js.delete_consumer(STREAM, "matte-batch")
        with pytest.raises(errors.NotFound):
            await bus.bind("matte", "batch")
        with pytest.raises(NotFoundError):
            await js.consumer_info(STREAM, "matte-batch")


async def test_binding_changes_no_consumer(nats_server: NatsServer, bus: Bus) -> None:
    async with connected(nats_server) as (_, js):
        await quick_redelivery(js)
        await bus.bind("matte", "batch")
        assert (await js.consumer_info(STREAM, "matte-batch")).config.ack_wait == 0.2


async def test_a_task_arrives_as_it_was_sent(bus: Bus) -> None:
    await bus.publish_task(a_task(), "1", {"traceparent": "00-abc"})
    message = await (await bus.bind("matte", "batch")).pull(5)
    assert message is not None
    assert tasks_pb2.Task.FromString(message.data) == a_task()
    assert message.subject == "popcon.tasks.matte.batch"
    assert message.headers is not None
    assert (message.headers["traceparent"], message.headers["Nats-Msg-Id"]) == ("00-abc", "1")


async def test_the_stream_can_be_asked_for_one_task(nats_server: NatsServer, bus: Bus) -> None:
    first = await bus.publish_task(a_task("run_1"), "1", {})
    second = await bus.publish_task(a_task("run_2"), "2", {})
    assert await bus.publish_task(a_task("run_1"), "1", {}) == first, "a repeat has the place of the first"
    assert [await bus.holds(first, "run_1"), await bus.holds(second, "run_2")] == [True, True]
    assert not await bus.holds(first, "run_2")
    assert not await bus.holds(second + 1, "run_1")
    async with connected(nats_server) as (_, js):
        garbage = await js.publish(subject("matte", "batch"), b"\xff\xff no task")
    assert not await bus.holds(garbage.seq, "run_1"), "what is no task must keep nobody from looking for others"
    message = await (await bus.bind("matte", "batch")).pull(5)
    assert message is not None
    await message.ack_sync()
    assert not await bus.holds(first, "run_1")


async def test_lanes_are_apart(bus: Bus) -> None:
    await bus.publish_task(a_task(lane=common_pb2.LANE_INTERACTIVE), "1", {})
    await bus.publish_task(a_task(lane=common_pb2.LANE_UNSPECIFIED), "2", {})
    assert {key: count for key, count in (await bus.pending()).items() if count} == {
        ("matte", "interactive"): 1, ("matte", "batch"): 1,
    }  # fmt: skip


async def test_the_same_message_is_held_once_and_not_taken_again_after_its_acknowledgement(bus: Bus) -> None:
    for _ in range(3):
        await bus.publish_task(a_task(), "1", {})
    assert await held(bus) == 1
    message = await (await bus.bind("matte", "batch")).pull(5)
    assert message is not None
    await message.ack_sync()
    await bus.publish_task(a_task(), "1", {})
    assert await held(bus) == 0
    await bus.publish_task(a_task(), "2", {})
    assert await held(bus) == 1


async def test_a_task_stays_until_it_is_acknowledged(bus: Bus) -> None:
    await bus.publish_task(a_task(), "1", {})
    message = await (await bus.bind("matte", "batch")).pull(5)
    assert message is not None
    assert await held(bus) == 1
    await message.ack_sync()
    assert await held(bus) == 0


async def test_an_acknowledgement_of_an_old_delivery_removes_the_task_of_its_holder(
    nats_server: NatsServer, bus: Bus
) -> None:
    """Why a worker acknowledges only what SQL calls settled."""
    async with connected(nats_server) as (_, js):
        await quick_redelivery(js)
    await bus.publish_task(a_task(), "1", {})
    puller = await bus.bind("matte", "batch")
    first, second = await puller.pull(5), await puller.pull(5)
    assert first is not None
    assert second is not None
    assert (second.metadata.num_delivered, second.metadata.sequence.stream) == (2, first.metadata.sequence.stream)
    await first.ack_sync()
    assert await held(bus) == 0
    await second.ack_sync()  # it is told that all is well


async def test_work_in_progress_is_not_delivered_again(nats_server: NatsServer, bus: Bus) -> None:
    async with connected(nats_server) as (_, js):
        await quick_redelivery(js)
    await bus.publish_task(a_task(), "1", {})
    puller = await bus.bind("matte", "batch")
    message = await puller.pull(5)
    assert message is not None
    until = time.monotonic() + 0.6
    while time.monotonic() < until:
        await message.in_progress()
        assert await puller.pull(0.05) is None
    again = await puller.pull(5)
    assert again is not None
    assert again.metadata.num_delivered == 2


async def test_what_is_terminated_leaves_a_letter_behind(nats_server: NatsServer, bus: Bus) -> None:
    await bus.publish_task(a_task(), "1", {})
    message = await (await bus.bind("matte", "batch")).pull(5)
    assert message is not None
    await message.term()
    async with connected(nats_server) as (_, js):

        async def letters() -> bool:
            return (await js.stream_info(DEAD_LETTERS)).state.messages == 1

        await eventually(letters)
    assert await held(bus) == 0


async def test_a_deleted_consumer_looks_like_an_empty_queue_until_one_asks(nats_server: NatsServer, bus: Bus) -> None:
    puller = await bus.bind("matte", "batch")
    assert await puller.exists()
    async with connected(nats_server) as (_, js):
        await js.delete_consumer(STREAM, "matte-batch")
    assert await puller.pull(0.1) is None
    assert not await puller.exists()


async def test_a_missing_consumer_or_stream_is_noticed(nats_server: NatsServer, bus: Bus) -> None:
    async with connected(nats_server) as (_, js):
        await js.delete_consumer(STREAM, "pack-batch")
        with pytest.raises(errors.NotFound, match="consumer"):
            await bus.pending()
        await js.delete_stream(STREAM)
        with pytest.raises(errors.NotFound, match="stream"):
            await bus.pending()
        with pytest.raises(errors.Unavailable):
            await bus.publish_task(a_task(), "1", {})
        with pytest.raises(errors.NotFound):
            await bus.bind("matte", "batch")
    await bus.provision()
    assert set((await bus.pending()).values()) == {0}


async def test_consumers_that_overlap_are_refused_by_the_server(nats_server: NatsServer, bus: Bus) -> None:
    async with connected(nats_server) as (_, js):
        config = ConsumerConfig(
            durable_name="another", filter_subject="popcon.tasks.matte.*", ack_policy=AckPolicy.EXPLICIT
        )
        with pytest.raises(Exception, match=r"10100|10099"):
            await js.add_consumer(STREAM, config)


async def test_a_wake_up_reaches_others_and_not_oneself(nats_server: NatsServer, bus: Bus) -> None:
    mine: list[tasks_pb2.Wake] = []
    theirs: list[tasks_pb2.Wake] = []

    async def to_me(wake: tasks_pb2.Wake) -> None:
        mine.append(wake)

    async def to_them(wake: tasks_pb2.Wake) -> None:
        theirs.append(wake)

    async with opened(nats_server.url, "other") as other:
        await bus.on_wake(to_me)
        await other.on_wake(to_them)
        for each in (bus, other):
            await each.pending()  # the server knows of the subscription when it answers
        await bus.wake(tasks_pb2.Wake(job_id="job_1", seq=3))
        await other.wake(tasks_pb2.Wake(job_id="job_2", seq=4))
        await eventually(lambda: mine and theirs)
    assert ([wake.job_id for wake in mine], [wake.job_id for wake in theirs]) == (["job_2"], ["job_1"])


async def test_before_it_was_ever_opened_everything_is_unavailable() -> None:
    bus = Bus("nats://127.0.0.1:1", "test")
    await everything_is_unavailable(bus)
    await bus.wake(tasks_pb2.Wake(job_id="job_1"))
    await bus.close()


async def everything_is_unavailable(bus: Bus) -> None:
    began = time.monotonic()
    for call in (
        lambda: bus.publish_task(a_task(), "1", {}),
        lambda: bus.holds(1, "run_1"),
        lambda: bus.pending(),
        lambda: bus.provision(),
        lambda: bus.bind("matte", "batch"),
    ):
        with pytest.raises(errors.Unavailable):
            await call()
    assert time.monotonic() - began < 1


async def test_a_bus_waits_for_a_server_that_is_not_there_yet(own_nats: NatsServer) -> None:
    own_nats.stop()
    bus = Bus(own_nats.url, "test")
    opening = asyncio.create_task(bus.open())
    await asyncio.sleep(0)
    await everything_is_unavailable(bus)
    await own_nats.start()
    await asyncio.wait_for(opening, 10)
    await bus.provision()
    await bus.publish_task(a_task(), "1", {})
    assert await held(bus) == 1
    await bus.close()


async def test_a_bus_that_never_found_its_server_can_be_closed() -> None:
    bus = Bus("nats://127.0.0.1:1", "test")
    opening = asyncio.create_task(bus.open())
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.wait([opening])
    await bus.close()


async def test_a_bus_finds_its_server_again(own_nats: NatsServer) -> None:
    async with opened(own_nats.url) as bus:
        await bus.provision()
        puller = await bus.bind("matte", "batch")
        await bus.publish_task(a_task(), "1", {})
        own_nats.kill()
        await eventually(lambda: not bus.connected)
        await everything_is_unavailable(bus)
        assert await puller.exists(), "not known, so nothing is concluded"
        # Pulls that nobody waits for any more must not fetch tasks later.
        for _ in range(5):
            assert await puller.pull(0.02) is None
        await own_nats.start()
        await eventually(lambda: bus.connected)
        for number in range(2, 6):
            await bus.publish_task(a_task(), f"{number}", {})
        message = await puller.pull(5)
        assert message is not None
        async with connected(own_nats) as (_, js):
            assert (await js.consumer_info(STREAM, "matte-batch")).num_ack_pending == 1
        assert await held(bus) == 5, "what was acknowledged as kept is kept"
