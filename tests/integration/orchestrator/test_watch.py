"""Watching a job: every event once and in order, from any number on, and progress in between."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from popcon import errors, rpc
from popcon.v1 import common_pb2, jobs_pb2, tasks_pb2
from services.orchestrator import watch
from tests.fixtures.nats import NatsServer
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.waiting import eventually
from tests.fixtures.work import Hand


class Watch:
    """A watch that goes on by itself; what it told so far waits to be taken."""

    def __init__(self, house: Orchestrator, job_id: str, after: int) -> None:
        self._house = house
        self._request = jobs_pb2.WatchJobRequest(owner="local", job_id=job_id, after=after)
        self._told: asyncio.Queue[jobs_pb2.Event | errors.PopconError | None] = asyncio.Queue()

    async def run(self) -> None:
        try:
            async for answer in rpc.stream(lambda: self._house.jobs.WatchJob(self._request)):
                self._told.put_nowait(answer.event)
            self._told.put_nowait(None)
        except errors.PopconError as error:
            self._told.put_nowait(error)

    async def next(self) -> jobs_pb2.Event | None:
        """The next event; None at the end."""
        told = await asyncio.wait_for(self._told.get(), 10)
        if isinstance(told, Exception):
            raise told
        return told

    async def take(self, count: int) -> list[jobs_pb2.Event]:
        return [await self.next() for _ in range(count)]

    async def until(self, kind: str = "") -> list[jobs_pb2.Event]:
        """Everything up to the first event of a kind, or up to the end."""
        found = []
        while event := await self.next():
            found.append(event)
            if event.type == kind:
                break
        return found


@contextlib.asynccontextmanager
async def watching(house: Orchestrator, job_id: str, after: int = 0) -> AsyncIterator[Watch]:
    watch = Watch(house, job_id, after)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.wait([task])


async def delete(house: Orchestrator, job_id: str) -> None:
    await rpc.call(house.jobs.DeleteJob, jobs_pb2.DeleteJobRequest(owner="local", job_id=job_id))


async def test_a_watcher_sees_the_whole_story_and_the_end(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    async with watching(house, job.id) as events:
        first = await events.take(job.last_seq)
        assert [event.seq for event in first] == list(range(1, job.last_seq + 1))
        assert [event.type for event in first] == ["job.created", "run.queued", "action.changed"]
        await hand.work(job.id)
        await delete(house, job.id)
        later = await events.until()
    told = [event for event in (*first, *later) if event.seq]
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    assert told[-1].type == "job.deleted"
    (changed,) = [event for event in told if event.type == "set.changed" and event.data["state"] == "complete"]
    assert (changed.target, changed.run) == ("line-emoji", 1)
    states = [event.data["state"] for event in told if event.type == "action.changed"]
    assert states[-1] == "done"


async def test_watching_resumes_after_a_number(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.work(job.id)
    last = (await house.job(job.id)).last_seq
    async with watching(house, job.id) as events:
        everything = await events.take(last)
    for after in (1, last // 2, last - 1):
        async with watching(house, job.id, after) as events:
            assert await events.take(last - after) == everything[after:]


async def test_what_is_longer_than_a_page_comes_whole(
    house: Orchestrator, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PAGE", 4)
    job = await house.create()
    await hand.work(job.id)
    await delete(house, job.id)
    async with watching(house, job.id) as events:
        told = await events.until()
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    assert told[-1].type == "job.deleted"


async def test_progress_is_told_and_never_kept(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    held = await hand.start(job.id)
    last = (await house.job(job.id)).last_seq
    async with watching(house, job.id, last - 1) as events:
        await events.take(1)
        await hand.beat(held, 0.25)
        (progress,) = await events.take(1)
    assert (progress.seq, progress.type, progress.run) == (0, "run.progress", 1)
    assert (progress.action_id, progress.stage) == (job.actions[0].id, common_pb2.STAGE_STARTFRAME)
    assert progress.data["fraction"] == 0.25
    assert (await house.job(job.id)).last_seq == last


async def test_several_watchers_see_the_same(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    async with watching(house, job.id) as one, watching(house, job.id) as two:
        await hand.work(job.id)
        await delete(house, job.id)
        assert await one.until() == await two.until()


async def test_a_watcher_that_leaves_is_forgotten(house: Orchestrator) -> None:
    job = await house.create()
    async with watching(house, job.id) as events:
        await events.take(1)
        assert house.hub._watchers
    await eventually(lambda: not house.hub._watchers)


async def test_a_watcher_that_leaves_as_news_comes_is_forgotten(house: Orchestrator) -> None:
    job = await house.create()
    events = house.hub.watch(house.database, "local", job.id, job.last_seq)
    watching = asyncio.create_task(anext(events))
    (queue,) = await eventually(lambda: house.hub._watchers.get(job.id))
    await eventually(lambda: queue._getters)  # it waits for news
    await house.hub.wake(tasks_pb2.Wake(job_id=job.id, seq=job.last_seq + 1))
    watching.cancel()
    await asyncio.wait_for(asyncio.wait([watching]), watch.LOOK_S - 1)
    assert watching.cancelled()
    assert not house.hub._watchers


async def test_a_lost_wake_up_only_delays(house: Orchestrator, hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_S", 0.05)
    job = await house.create()
    async with watching(house, job.id, job.last_seq) as events:
        await eventually(lambda: house.hub._watchers)
        house.hub._watchers[job.id] = set()  # nobody will be told
        await hand.start(job.id)
        assert (await events.take(1))[0].type == "run.started"


async def test_progress_hides_no_news_from_a_slow_watcher(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    (action,) = job.actions
    progress = tasks_pb2.Wake(job_id=job.id, progress=tasks_pb2.Progress(action_id=action.id, fraction=0.5))
    async with contextlib.aclosing(house.hub.watch(house.database, "local", job.id, job.last_seq - 1)) as events:
        assert (await anext(events)).seq == job.last_seq
        await house.hub.wake(progress)
        assert (await anext(events)).type == "run.progress"
        for _ in range(300):
            await house.hub.wake(progress)
        await hand.start(job.id)
        async with asyncio.timeout(watch.LOOK_S / 2):
            while (await anext(events)).type != "run.started":
                pass


async def test_news_is_looked_for_even_while_there_is_progress(
    house: Orchestrator, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_S", 0.1)
    job = await house.create()
    (action,) = job.actions
    progress = tasks_pb2.Wake(job_id=job.id, progress=tasks_pb2.Progress(action_id=action.id, fraction=0.5))
    async with contextlib.aclosing(house.hub.watch(house.database, "local", job.id, job.last_seq - 1)) as events:
        await anext(events)
        hub, house.hub._watchers[job.id] = house.hub._watchers[job.id], set()  # nobody is told of what is next
        await hand.start(job.id)
        house.hub._watchers[job.id] = hub
        async with asyncio.timeout(5):
            await house.hub.wake(progress)
            while (await anext(events)).type != "run.started":
                await house.hub.wake(progress)


async def test_nobody_watches_what_is_not_theirs(house: Orchestrator) -> None:
    job = await house.create(owner="somebody")
    with pytest.raises(errors.NotFound):
        async with watching(house, job.id) as events:
            await events.take(1)


async def test_an_orchestrator_that_goes_away_lets_its_watchers_go(house: Orchestrator) -> None:
    job = await house.create()
    async with watching(house, job.id, job.last_seq) as events:
        await eventually(lambda: house.hub._watchers)
        await house.hub.close()
        with pytest.raises(errors.Unavailable):
            await events.take(1)


async def test_a_watcher_at_another_replica_is_told_once(
    tmp_path: Path, nats_server: NatsServer, database_url: str
) -> None:
    options = {"database_url": database_url, "background": False}
    async with (
        orchestrator(tmp_path, nats_server.url, **options) as one,
        orchestrator(tmp_path, nats_server.url, **options) as two,
    ):
        await asyncio.gather(one.connected.wait(), two.connected.wait())
        job, hand = await one.create(), Hand(one)
        held = await hand.start(job.id)
        last = (await one.job(job.id)).last_seq
        async with watching(one, job.id, last) as here, watching(two, job.id, last) as there:
            await eventually(lambda: one.hub._watchers and two.hub._watchers)
            for fraction in (0.25, 0.5):
                await hand.beat(held, fraction)
            await hand.succeed(held)
            for events in (here, there):
                told = await events.until("run.succeeded")
                fractions = [event.data["fraction"] for event in told if not event.seq]
                assert fractions == [0.25, 0.5], "progress was told twice, or not at all"
