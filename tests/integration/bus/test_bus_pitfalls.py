"""How JetStream behaves where that is a surprise, on the real server. Each is why popcon does what it does: the worker
acknowledges only what SQL calls settled, retries live in SQL, and the reconciler trusts no stream."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator

import pytest
from nats.js import JetStreamContext
from nats.js.errors import APIError

from popcon import errors
from popcon.bus import DEAD_LETTERS, MAX_ACK_PENDING, STREAM, Bus
from popcon.v1 import tasks_pb2
from tests.fixtures.nats import NatsServer, connected
from tests.fixtures.waiting import eventually
from tests.integration.bus.conftest import a_task, opened

MATTE = "matte-batch"


@pytest.fixture
async def js(nats_server: NatsServer) -> AsyncIterator[JetStreamContext]:
    """A way behind popcon's back."""
    async with connected(nats_server) as (_, found):
        yield found


async def reconfigure(js: JetStreamContext, **changes: object) -> None:
    """Lets the consumer of matte tasks have drifted."""
    config = (await js.consumer_info(STREAM, MATTE)).config
    await js.add_consumer(STREAM, config.evolve(**changes))


async def held(bus: Bus) -> int:
    return (await bus.pending())["matte", "batch"]


async def test_progress_told_by_an_old_holder_keeps_the_task_from_others(bus: Bus, js: JetStreamContext) -> None:
    """Why a worker tells progress only after a heartbeat that SQL answered with go on."""
    await reconfigure(js, ack_wait=0.2)
    await bus.publish_task(a_task(), "1", {})
    puller = await bus.bind("matte", "batch")
    old, holder = await puller.pull(5), await puller.pull(5)
    assert old is not None
    assert holder is not None
    for _ in range(6):  # the holder died, and the old one speaks for it
        await old.in_progress()
        assert await puller.pull(0.1) is None
    assert await puller.pull(5) is not None


async def test_a_backoff_would_replace_the_ack_wait(bus: Bus, js: JetStreamContext) -> None:
    """Why the live consumers must have none, and provisioning takes one away."""
    await reconfigure(js, ack_wait=30, max_deliver=5, backoff=[0.2, 5])
    await bus.publish_task(a_task(), "1", {})
    puller = await bus.bind("matte", "batch")
    assert await puller.pull(5) is not None
    again = await puller.pull(3)
    assert again is not None, "the first delivery was given 0.2 s, not 30"
    await bus.provision()
    live = (await js.consumer_info(STREAM, MATTE)).config
    assert (live.backoff, live.ack_wait) == (None, 30)


async def test_a_task_given_back_for_later_takes_up_room_meanwhile(bus: Bus, js: JetStreamContext) -> None:
    """Why retries wait in SQL and not in the broker."""
    await reconfigure(js, max_ack_pending=1)
    for number in range(2):
        await bus.publish_task(a_task(f"run_{number}"), f"{number}", {})
    puller = await bus.bind("matte", "batch")
    first = await puller.pull(5)
    assert first is not None
    await first.nak(delay=0.5)
    assert await puller.pull(0.2) is None, "the other task could be worked on"
    assert await puller.pull(5) is not None


async def test_a_task_past_its_deliveries_stays_unseen_and_its_letter_names_it(bus: Bus, js: JetStreamContext) -> None:
    """Why our consumers have no limit of deliveries; should one appear, its victims are found."""
    await reconfigure(js, ack_wait=0.2, max_deliver=1)
    seq = await bus.publish_task(a_task("run_7"), "1", {})
    puller = await bus.bind("matte", "batch")
    assert await puller.pull(5) is not None
    await eventually(lambda: has_letters(bus))
    info = await js.consumer_info(STREAM, MATTE)
    assert (info.num_pending, info.num_ack_pending, await puller.pull(0.1)) == (0, 0, None), "no worker sees it"
    assert await bus.holds(seq, "run_7")
    letter = await js.get_msg(DEAD_LETTERS, 1)
    assert letter.data is not None
    named = await js.get_msg(STREAM, json.loads(letter.data)["stream_seq"])
    assert named.data is not None
    assert tasks_pb2.Task.FromString(named.data).run_id == "run_7"


async def has_letters(bus: Bus) -> int:
    return await bus.dead_letters()


async def test_letters_are_counted_though_nobody_listened(bus: Bus, js: JetStreamContext) -> None:
    assert await bus.dead_letters() == 0
    await bus.publish_task(a_task(), "1", {})
    message = await (await bus.bind("matte", "batch")).pull(5)
    assert message is not None
    await message.term()
    await eventually(lambda: has_letters(bus))
    await js.delete_stream(DEAD_LETTERS)
    with pytest.raises(errors.NotFound, match="provisioned"):
        await bus.dead_letters()


async def test_a_stream_without_room_refuses_and_takes_again_when_it_has_some(bus: Bus, js: JetStreamContext) -> None:
    config = (await js.stream_info(STREAM)).config
    await js.update_stream(config.evolve(max_bytes=600))
    for kept in itertools.count():
        try:
            await bus.publish_task(a_task(), f"{kept}", {})
        except errors.Unavailable as error:
            refused = error
            break
    assert "10077" in refused.message
    assert await held(bus) == kept > 0, "what was taken is still there"
    message = await (await bus.bind("matte", "batch")).pull(5)
    assert message is not None
    await message.ack_sync()
    await bus.publish_task(a_task(), f"{kept}", {})


async def test_past_its_window_a_repeat_is_held_twice(bus: Bus, js: JetStreamContext) -> None:
    """Why a worker that gets a task is not told so by the broker alone: the claim says whether there is work."""
    config = (await js.stream_info(STREAM)).config
    await js.update_stream(config.evolve(duplicate_window=0.2))
    await bus.publish_task(a_task(), "1", {})
    await bus.publish_task(a_task(), "1", {})
    assert await held(bus) == 1

    async def twice() -> bool:
        await bus.publish_task(a_task(), "1", {})
        return await held(bus) == 2

    await eventually(twice)


async def test_a_restarted_server_knows_the_repeats_of_what_it_holds(own_nats: NatsServer) -> None:
    async with opened(own_nats.url) as bus:
        await bus.provision()
        for number in range(50):
            await bus.publish_task(a_task(f"run_{number}"), f"{number}", {})
        own_nats.kill()
        await eventually(lambda: not bus.connected)
        await own_nats.start()
        await eventually(lambda: bus.connected)
        for number in range(50):
            await bus.publish_task(a_task(f"run_{number}"), f"{number}", {})
        assert await held(bus) == 50


async def test_a_pull_that_is_given_up_loses_no_task(bus: Bus) -> None:
    """A task may arrive at the moment at which its pull ends; the next one has it. None is delivered twice."""
    runs = [f"run_{number}" for number in range(40)]
    puller = await bus.bind("matte", "batch")
    taken: list[str] = []

    async def pull_in_haste() -> None:
        while len(taken) < len(runs):
            message = await puller.pull(0.002)
            if message is not None:
                assert message.metadata.num_delivered == 1
                taken.append(tasks_pb2.Task.FromString(message.data).run_id)
                await message.ack_sync()

    pulling = asyncio.create_task(pull_in_haste())
    for run in runs:
        await bus.publish_task(a_task(run), run, {})
    await asyncio.wait_for(pulling, 20)
    assert sorted(taken) == sorted(runs)


async def test_a_puller_that_closes_keeps_nothing_from_others(bus: Bus, js: JetStreamContext) -> None:
    puller = await bus.bind("matte", "batch")
    for _ in range(3):  # pulls whose answers nobody waits for
        await bus._connection.client.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{MATTE}", b'{"batch":1}', puller._bound._deliver
        )
    for number in range(3):
        await bus.publish_task(a_task(f"run_{number}"), f"{number}", {})
    await eventually(lambda: puller._bound.pending_bytes)
    await puller.close()
    other = await bus.bind("matte", "batch")
    assert [await other.pull(3) is not None for _ in range(3)] == [True] * 3


async def test_retention_cannot_change_under_what_waits(bus: Bus, js: JetStreamContext) -> None:
    config = (await js.stream_info(STREAM)).config
    with pytest.raises(APIError, match="retention policy"):
        await js.update_stream(config.evolve(retention="limits"))


async def test_all_workers_of_a_lane_together_may_hold_more_than_any_one_pulls(bus: Bus, js: JetStreamContext) -> None:
    """The limit is per consumer: too small, and workers would idle beside waiting tasks."""
    for number in range(100):
        await bus.publish_task(a_task(f"run_{number}"), f"{number}", {})
    pullers = [await bus.bind("matte", "batch") for _ in range(4)]
    for puller in pullers * 25:
        assert await puller.pull(2) is not None
    info = await js.consumer_info(STREAM, MATTE)
    assert (info.num_ack_pending, info.config.max_ack_pending) == (100, MAX_ACK_PENDING)
