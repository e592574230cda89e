"""Three servers with a copy of each stream: any one of them may go."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from nats.js import JetStreamContext

from popcon import errors
from popcon.bus import DEAD_LETTERS, LANES, STAGES, STREAM, Bus, Puller, consumer
from popcon.v1 import tasks_pb2
from tests.fixtures.nats_cluster import NatsCluster
from tests.fixtures.waiting import eventually
from tests.integration.bus.conftest import a_task, opened

WITHIN_S = 10.0
"""Between a leader's death and new deliveries, the servers' election included."""


@pytest.fixture(scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsCluster]:
    found = NatsCluster(tmp_path_factory.mktemp("cluster"))
    asyncio.run(found.start())
    yield found
    found.kill()


@pytest.fixture
async def three(_shared: NatsCluster) -> AsyncIterator[NatsCluster]:
    """Servers that tests share. Do not stop them."""
    yield _shared
    await _shared.remove_streams()


@pytest.fixture
async def own_three(tmp_path: Path) -> AsyncIterator[NatsCluster]:
    """Servers to kill."""
    found = NatsCluster(tmp_path)
    try:
        await found.start()
        yield found
    finally:
        found.kill()


async def provisioned(bus: Bus) -> bool:
    try:
        await bus.provision()
    except errors.Unavailable:  # the cluster is a second old
        return False
    return True


async def copies(js: JetStreamContext) -> set[int]:
    """Of both streams and of every consumer."""
    clusters = [(await js.stream_info(stream)).cluster for stream in (STREAM, DEAD_LETTERS)]
    names = (consumer(stage, lane) for stage in STAGES for lane in LANES)
    clusters += [(await js.consumer_info(STREAM, name)).cluster for name in names]
    return {1 + len((found and found.replicas) or []) for found in clusters}


async def publish(bus: Bus, run_id: str) -> None:
    """As the outbox does: until the stream holds it."""

    async def held() -> bool:
        try:
            await bus.publish_task(a_task(run_id), run_id, {})
        except errors.Unavailable:
            return False
        return True

    await eventually(held, 30)


async def bound(bus: Bus) -> Puller:
    """As a worker does: until there is a leader that answers."""

    async def found() -> Puller | None:
        try:
            return await bus.bind("matte", "batch")
        except errors.Unavailable:
            return None

    return await eventually(found, 30)  # type: ignore[no-any-return]


async def take(puller: Puller, taken: set[str], until: set[str], deadline_s: float = 40) -> None:
    """Works through tasks until all of some were taken and acknowledged."""
    deadline = time.monotonic() + deadline_s
    while not until <= taken:
        assert time.monotonic() < deadline, f"lost: {until - taken}"
        message = await puller.pull(0.4)
        if message is not None:
            taken.add(tasks_pb2.Task.FromString(message.data).run_id)
            try:
                await message.ack_sync(timeout=1)
            except TimeoutError:
                taken.discard(tasks_pb2.Task.FromString(message.data).run_id)  # it comes again


async def test_streams_and_consumers_have_a_copy_on_each_server(three: NatsCluster) -> None:
    async with opened(three.url, replicas=3) as bus, opened(three.url) as other, three.connected() as (_, js):
        await eventually(lambda: provisioned(bus))
        assert await copies(js) == {3}
        await other.provision()
        assert await copies(js) == {3}, "whoever has no such setting throws no copies away"


@pytest.mark.full
async def test_more_copies_are_an_update_while_tasks_travel(three: NatsCluster) -> None:
    async with opened(three.url) as one, opened(three.url, replicas=3) as more, three.connected() as (_, js):
        await eventually(lambda: provisioned(one))
        await publish(one, "run_0")
        assert await copies(js) == {1}
        await more.provision()
        runs = {"run_0"}

        async def three_of_each() -> bool:
            runs.add(f"run_{len(runs)}")
            await publish(one, f"run_{len(runs) - 1}")
            return await copies(js) == {3}

        await eventually(three_of_each, 60)  # the consumers follow the stream some 25 s later
        await take(await one.bind("matte", "batch"), set(), runs)


async def test_a_leader_that_steps_down_is_followed_by_another_and_nothing_is_lost(three: NatsCluster) -> None:
    async with opened(three.url, replicas=3) as bus, three.connected() as (client, _):
        await eventually(lambda: provisioned(bus))
        runs = {f"run_{number}" for number in range(50)}
        for run in sorted(runs):
            await publish(bus, run)
        puller, taken = await bus.bind("matte", "batch"), set[str]()
        in_hand = [await puller.pull(2) for _ in range(5)]
        before = await three.leader()
        await client.request(f"$JS.API.STREAM.LEADER.STEPDOWN.{STREAM}", timeout=5)
        await publish(bus, "run_new")
        for message in in_hand:
            assert message is not None
            await message.ack_sync(timeout=5)
            taken.add(tasks_pb2.Task.FromString(message.data).run_id)
        await take(puller, taken, runs | {"run_new"})
        assert await three.leader() != before


@pytest.mark.full
@pytest.mark.parametrize("round_", range(3))
async def test_a_leader_that_is_killed_loses_nothing_and_new_tasks_are_delivered_in_ten_seconds(
    own_three: NatsCluster, round_: int
) -> None:
    async with opened(own_three.url, replicas=3) as bus:
        await eventually(lambda: provisioned(bus))
        await own_three.whole()
        runs = {f"run_{number}" for number in range(50)}
        for run in sorted(runs):
            await publish(bus, run)
        puller, taken = await bus.bind("matte", "batch"), set[str]()
        in_hand = [await puller.pull(2) for _ in range(10)]
        assert None not in in_hand
        leader = await own_three.leader()
        own_three.servers[leader].kill()
        began = time.monotonic()
        publishing = asyncio.create_task(publish(bus, "run_new"))
        await own_three.leader()
        elected_s = time.monotonic() - began
        await publishing
        while (message := await puller.pull(0.4)) is None:
            pass
        took = time.monotonic() - began
        print(f"round {round_}: leader after {elected_s:.1f} s, new delivery after {took:.1f} s")
        assert took - elected_s < WITHIN_S
        await message.nak()
        for each in in_hand:
            assert each is not None
            await each.ack_sync(timeout=5)
            taken.add(tasks_pb2.Task.FromString(each.data).run_id)
        await take(puller, taken, runs | {"run_new"})
        assert (await bus.pending())["matte", "batch"] == 0
        await own_three.servers[leader].start()
        await own_three.whole(30)


@pytest.mark.full
async def test_a_follower_may_go_and_come_back(own_three: NatsCluster) -> None:
    async with opened(own_three.url, replicas=3) as bus:
        await eventually(lambda: provisioned(bus))
        await own_three.whole()
        leader = await own_three.leader()
        follower = next(server for name, server in own_three.servers.items() if name != leader)
        follower.kill()
        runs = {f"run_{number}" for number in range(20)}
        for run in sorted(runs):
            await publish(bus, run)
        await follower.start()
        await own_three.whole()
        await take(await bound(bus), set(), runs)
