"""One step makes streams and consumers what they must be, whatever is there, and says what it did."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, RetentionPolicy
from nats.js.errors import APIError
from structlog.testing import capture_logs

from popcon import errors, server
from popcon.bus import DEAD_LETTERS, LANES, STAGES, STREAM, Bus, provisioning
from tests.fixtures.nats import NatsServer, connected
from tests.fixtures.waiting import eventually
from tests.integration.bus.conftest import a_task, opened


@pytest.fixture
async def js(nats_server: NatsServer) -> AsyncIterator[JetStreamContext]:
    """A way behind popcon's back."""
    async with connected(nats_server) as (_, found):
        yield found


async def test_what_is_as_it_must_be_is_not_touched(bus: Bus) -> None:
    with capture_logs() as logs:
        await bus.provision()
    assert logs == []


async def test_what_is_made_is_said(nats_server: NatsServer) -> None:
    async with opened(nats_server.url) as bus:
        with capture_logs() as logs:
            await bus.provision()
    made = [log["event"] for log in logs]
    assert (made.count("stream created"), made.count("consumer created")) == (2, len(STAGES) * len(LANES))


async def test_drift_is_put_right_and_said_field_by_field(bus: Bus, js: JetStreamContext) -> None:
    stream = (await js.stream_info(STREAM)).config
    await js.update_stream(stream.evolve(max_msgs=1, max_age=700))
    found = (await js.consumer_info(STREAM, "matte-batch")).config
    await js.add_consumer(STREAM, found.evolve(backoff=[1, 2], max_deliver=5, max_ack_pending=1))
    with capture_logs() as logs:
        await bus.provision()
    assert [(log["event"], log["drift"]) for log in logs] == [
        ("stream put right", {"max_msgs": "1 → None", "max_age": "700.0 → None"}),
        (
            "consumer put right",
            {
                "ack_wait": "1.0 → 30.0",
                "max_deliver": "5 → None",
                "backoff": "[1.0, 2.0] → None",
                "max_ack_pending": "1 → 1024",
            },
        ),
    ]
    live = (await js.consumer_info(STREAM, "matte-batch")).config
    assert (live.backoff, live.ack_wait, live.max_deliver) == (None, 30, -1)


async def test_what_cannot_be_changed_is_named_with_what_to_do(bus: Bus, js: JetStreamContext) -> None:
    await js.delete_stream(STREAM)
    await js.add_stream(name=STREAM, subjects=["popcon.tasks.>"], retention=RetentionPolicy.LIMITS)
    with pytest.raises(errors.WrongState, match=r"Stream TASKS.*retention: limits → workqueue.*Delete it"):
        await bus.provision()
    await js.delete_stream(STREAM)
    await bus.provision()
    assert set((await bus.pending()).values()) == {0}


async def test_a_consumer_of_somebody_else_in_the_way_is_named(bus: Bus, js: JetStreamContext) -> None:
    await js.delete_consumer(STREAM, "matte-batch")
    other = ConsumerConfig(durable_name="other", filter_subject="popcon.tasks.matte.*")
    await js.delete_consumer(STREAM, "matte-interactive")
    await js.add_consumer(STREAM, other)
    with pytest.raises(errors.WrongState, match=r"Consumer matte-interactive.*unique"):
        await bus.provision()


async def test_copies_without_a_cluster_are_refused_with_what_to_do(nats_server: NatsServer) -> None:
    async with opened(nats_server.url, replicas=3) as bus:
        with pytest.raises(errors.WrongState, match=r"3 replicas.*POPCON_NATS_REPLICAS") as caught:
            await bus.provision()
    assert caught.value.field == "nats_replicas"


async def test_ten_that_provision_at_once_get_along(nats_server: NatsServer) -> None:
    async with contextlib.AsyncExitStack() as stack:
        buses = [await stack.enter_async_context(opened(nats_server.url)) for _ in range(10)]
        await asyncio.gather(*(bus.provision() for bus in buses))
        assert set((await buses[0].pending()).values()) == {0}


async def test_what_drifts_or_goes_while_everything_runs_comes_back_without_a_restart(
    bus: Bus, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provisioning, "EVERY_S", 0.05)
    async with server.background(bus.keep_provisioned()):
        puller = await bus.bind("matte", "batch")
        await js.delete_consumer(STREAM, "matte-batch")
        await bus.publish_task(a_task("run_1"), "1", {})
        assert await eventually(lambda: puller.pull(0.1)), "a puller that was bound before has it again"
        await js.delete_stream(STREAM)
        await js.delete_stream(DEAD_LETTERS)
        await eventually(lambda: published(bus))
        assert await eventually(lambda: puller.pull(0.1))
        assert await eventually(lambda: is_empty(bus))


async def published(bus: Bus) -> bool:
    try:
        await bus.publish_task(a_task("run_2"), "2", {})
    except errors.Unavailable:
        return False
    return True


async def test_a_fault_of_the_settings_ends_the_start_and_not_what_runs_already(
    bus: Bus, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provisioning, "EVERY_S", 0.05)
    await js.delete_consumer(STREAM, "assemble-batch")
    async with server.background(bus.keep_provisioned()):
        await eventually(lambda: is_there(js, "assemble-batch"))
        with capture_logs() as logs:
            await eventually(lambda: take_the_place_of_the_stream(js))
            try:
                with pytest.raises(errors.WrongState, match="overlap"):
                    await bus.keep_provisioned()
                await eventually(lambda: [log for log in logs if log["log_level"] == "error"])
            finally:
                await js.delete_stream("OTHER")
        await eventually(lambda: published(bus))


async def is_empty(bus: Bus) -> bool:
    try:
        return await bus.dead_letters() == 0
    except errors.NotFound:
        return False


async def is_there(js: JetStreamContext, consumer: str) -> bool:
    return consumer in {info.name for info in await js.consumers_info(STREAM)}


async def take_the_place_of_the_stream(js: JetStreamContext) -> bool:
    try:
        await js.delete_stream(STREAM)
        await js.add_stream(name="OTHER", subjects=["popcon.tasks.>"])
    except APIError:  # it was made again in between
        return False
    return True
