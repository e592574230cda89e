"""Random histories of jobs, workers, people and sweeps: what is needed is always there, and in the end nothing else.

Workers are lost, come back late and say things twice; jobs are resumed, refined, deleted and brought back; time jumps;
sweepers are killed in the middle. What is needed is worked out here, from the rows alone and in another way than the
sweeper does it: everything that a succeeded run names, everything below a run that goes on, masks of operations that
hold, and the files of pictures that jobs use.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from popcon import errors, rpc
from popcon.storage import ArtifactStore, keys, open_store
from popcon.v1 import common_pb2, edits_pb2, jobs_pb2, runs_pb2
from popcon.worker.claims import Claims
from popcon.worker.work import Work
from services.orchestrator import tables
from services.orchestrator.assignments import prefix
from services.orchestrator.database import Row
from services.orchestrator.sweeping.tools import Ages
from tests.fixtures import invariants, sums
from tests.fixtures.orchestrator import OWNER, Orchestrator, an_action
from tests.fixtures.sources import BucketObjects, FolderObjects, Objects, Sources
from tests.fixtures.sweeping import DAY_MS, HOUR_MS, Broom, Writing, age_files
from tests.fixtures.swift import Swift, swift

__all__ = ["swift"]

MINUTE_MS = 60_000
LIVE = ("queued", "running")
STAGES = (0, common_pb2.STAGE_STARTFRAME, common_pb2.STAGE_MOTION, common_pb2.STAGE_MATTE)


class History:
    """One world, and what may happen in it."""

    def __init__(self, seed: int, broom: Broom, worker: Writing, folder: Path | None) -> None:
        self.random = random.Random(seed)
        self.house, self.broom, self.worker, self.folder = broom.house, broom, worker, folder
        self.held: list[Work] = []
        self.happened: list[str] = []

    async def go_on(self, steps: int) -> None:
        """Lets so many things happen; what the orchestrator refuses did not."""
        ways: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.create, 4), (self.start, 16), (self.write, 5), (self.finish, 18), (self.fail, 3), (self.lose, 6),
            (self.work, 5), (self.cancel, 1), (self.resume, 6), (self.refine, 4), (self.delete, 2), (self.undelete, 2),
            (self.wait, 5), (self.sweep, 8),
        ]  # fmt: skip
        for way in self.random.choices([way for way, _ in ways], [weight for _, weight in ways], k=steps):
            self.happened.append(way.__name__)
            try:
                await way()
            except errors.PopconError as error:
                self.happened[-1] += f" ({error.code})"

    async def create(self) -> None:
        picture = await self.broom.picture(self.random.choice("abc") * 64)
        actions = [an_action() for _ in range(self.random.randint(1, 2))]
        request = jobs_pb2.CreateJobRequest(owner=OWNER, picture_id=picture.id, actions=actions)
        await rpc.call(self.house.jobs.CreateJob, request)

    async def start(self) -> None:
        await self.house.set(tables.runs, tables.runs.c.state == "queued", not_before=0)
        if runs := await self.house.rows(tables.runs, tables.runs.c.state == "queued"):
            name = str(self.random.random())
            if work := await self.worker.start(self.random.choice(runs)["id"], name):
                self.held.append(work)

    async def work(self) -> None:
        """Some job is worked on until nothing of it is queued."""
        await self.house.set(tables.runs, tables.runs.c.state == "queued", not_before=0)
        if job := await self.some_job():
            await self.worker.work(self.house, job["id"])

    async def write(self) -> None:
        """Everything is written, and the worker stays silent."""
        if self.held:
            await self.worker.write(self.random.choice(self.held))

    async def finish(self) -> None:
        if self.held:
            work = self.random.choice(self.held)
            if self.random.random() < 0.8:  # else it will say so again
                self.held.remove(work)
            await self.worker.finish(work)

    async def fail(self) -> None:
        if self.held:
            work = self.held.pop(self.random.randrange(len(self.held)))
            error = self.random.choice(
                (errors.Unavailable("Not now: try again."), errors.InvalidRequest("No: change it."))
            )
            await self.worker.claims.fail(work.assignment, error)

    async def lose(self) -> None:
        """Its worker is only slow, and may come back as long as attempts may write."""
        if runs := await self.house.rows(tables.runs, tables.runs.c.state == "running"):
            await self.house.end_lease(self.random.choice(runs)["id"])
            await self.house.reconciler.end_leases()

    async def cancel(self) -> None:
        if job := await self.some_job():
            await rpc.call(self.house.jobs.CancelJob, jobs_pb2.CancelJobRequest(owner=OWNER, job_id=job["id"]))

    async def resume(self) -> None:
        """From any stage: older runs become inputs of newer ones."""
        if action := await self.some_action():
            asked = jobs_pb2.ResumeActionRequest(owner=OWNER, action_id=action["id"], version=action["version"])
            asked.stage = self.random.choice(STAGES)
            await rpc.call(self.house.jobs.ResumeAction, asked)

    async def refine(self) -> None:
        """An edit with one mask that is used and one that is not, applied or left open."""
        if not (action := await self.some_action()):
            return
        asked = edits_pb2.OpenEditRequest(owner=OWNER, action_id=action["id"], version=action["version"])
        edit = (await rpc.call(self.house.edits.OpenEdit, asked)).edit
        for digest in ("e" * 64, "f" * 64):
            mask = keys.mask_key(OWNER, edit.job_id, edit.id, digest)
            await self.broom.store.put(mask, digest.encode(), "image/png")
        asked = edits_pb2.AppendOperationRequest(owner=OWNER, edit_id=edit.id, version=edit.version)
        asked.operation.CopyFrom(runs_pb2.Operation(kind="erase", frames=[0], mask=mask))
        edit = (await rpc.call(self.house.edits.AppendOperation, asked)).edit
        if self.random.random() < 0.7:
            apply = edits_pb2.ApplyEditRequest(owner=OWNER, edit_id=edit.id, version=edit.version)
            await rpc.call(self.house.edits.ApplyEdit, apply)

    async def delete(self) -> None:
        if job := await self.some_job():
            await rpc.call(self.house.jobs.DeleteJob, jobs_pb2.DeleteJobRequest(owner=OWNER, job_id=job["id"]))

    async def undelete(self) -> None:
        if jobs := await self.house.rows(tables.jobs, tables.jobs.c.deleted_at.is_not(None)):
            job_id = self.random.choice(jobs)["id"]
            await rpc.call(self.house.jobs.UndeleteJob, jobs_pb2.UndeleteJobRequest(owner=OWNER, job_id=job_id))

    async def wait(self) -> None:
        await self.pass_ms(self.random.choice((MINUTE_MS, 5 * HOUR_MS, 7 * HOUR_MS, 25 * HOUR_MS, 8 * DAY_MS)))

    async def pass_ms(self, ms: int) -> None:
        await self.broom.later(ms)
        if self.folder:
            age_files(self.folder, ms)
        if ms > MINUTE_MS:  # an attempt has a deadline; one that goes on all the time has a heartbeat
            rows = {row["id"]: row for row in await self.house.rows(tables.runs)}
            self.held = [work for work in self.held if _goes_on(rows.get(work.assignment.run_id), work)]

    async def sweep(self) -> None:
        """Some are killed at one of their removals."""
        before = await self.broom.keys()
        kill_after = self.random.choice((-1, -1, self.random.randint(0, 6)))
        killed = await self.broom.sweep(kill_after)
        self.happened[-1] += f" killed after {kill_after}" if killed else ""
        await self.check(before)

    async def check(self, before: set[str]) -> None:
        """Compares what is there with what is needed; `before`: what was there before the sweep."""
        there = await self.broom.keys()
        missing = await self.needed(before) - there
        assert not missing, (sorted(missing), self.happened)

    async def needed(self, before: set[str]) -> set[str]:
        jobs = {row["id"]: row for row in await self.house.rows(tables.jobs) if row["deleted_at"] != 0}
        found: set[str] = set()
        for run in await self.house.rows(tables.runs):
            if run["job_id"] in jobs and run["state"] == "succeeded":
                found |= {run["manifest"]["key"], *(output["key"] for output in run["outputs"])}
            elif run["state"] in LIVE:
                found |= {key for key in before if key.startswith(prefix(run) + "/")}
        edits = [row["id"] for row in await self.house.rows(tables.edits) if row["job_id"] in jobs]
        for operation in await self.house.rows(tables.operations, ~tables.operations.c.dropped):
            if operation["edit_id"] in edits:
                found.add(operation["parameters"]["mask"])
        used = {job["picture_id"] for job in jobs.values()}
        for picture in await self.house.rows(tables.pictures, tables.pictures.c.id.in_(used)):
            found |= {picture[name]["key"] for name in ("source", "cutout", "thumbnail")}
        assert used <= {picture["id"] for picture in await self.house.rows(tables.pictures)}
        return found

    async def end(self) -> None:
        """Everybody stops, time passes, and the sweeper does what is left."""
        self.held = []
        await self.house.set(tables.runs, tables.runs.c.state == "running", lease_until=1)
        await self.house.reconciler.end_leases()
        await self.house.set(tables.runs, tables.runs.c.state == "queued", not_before=0)
        for job in await self.house.rows(tables.jobs, tables.jobs.c.deleted_at.is_(None)):
            await rpc.call(self.house.jobs.CancelJob, jobs_pb2.CancelJobRequest(owner=OWNER, job_id=job["id"]))
            await self.worker.work(self.house, job["id"])  # what sets still need
        for _ in range(3):
            await self.pass_ms(8 * DAY_MS)
            await self.broom.sweep()

    async def some_job(self) -> Row | None:
        jobs = await self.house.rows(tables.jobs, tables.jobs.c.deleted_at.is_(None))
        return self.random.choice(jobs) if jobs else None

    async def some_action(self) -> Row | None:
        actions = await self.house.rows(tables.actions)
        return self.random.choice(actions) if actions else None


def _goes_on(run: Row | None, work: Work) -> bool:
    return run is not None and run["state"] == "running" and run["attempt"] == work.assignment.attempt


async def live_through(seed: int, steps: int, history: History, objects: Objects, database_url: str) -> None:
    """A history to its end; then every output is there, and only what a row names."""
    print(f"seed {seed}")
    await history.go_on(steps)
    await history.end()

    there, needed = await history.broom.keys(), await history.needed(set())
    unused_masks = {key for key in there if key.endswith(f"{'e' * 64}.png")}
    assert there - unused_masks == needed, history.happened
    assert await history.house.rows(tables.jobs, tables.jobs.c.deleted_at.is_not(None)) == []
    await _outputs_are_there(Sources(database_url, objects))


async def _outputs_are_there(sources: Sources) -> None:
    def look() -> list[str]:
        data = invariants.read(sources)
        return [
            *invariants.outputs_are_there(data),
            *invariants.store_is_whole(data),
            *sums.ledger_adds_up(data),
            *sums.stored_bytes_add_up(data),
        ]

    assert await asyncio.to_thread(look) == []


@pytest.fixture
async def claims(house: Orchestrator) -> AsyncIterator[Claims]:
    found = Claims(house.address)
    yield found
    await found.close()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.full)])
async def test_whatever_happens_what_is_needed_stays_and_the_rest_goes(
    house: Orchestrator, claims: Claims, database_url: str, tmp_path: Path, seed: int
) -> None:
    folder = tmp_path / "artifacts"
    await _in_a_folder(house, claims, database_url, folder, seed, 110)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 140))
async def test_whatever_happens_for_long_what_is_needed_stays_and_the_rest_goes(
    house: Orchestrator, claims: Claims, database_url: str, tmp_path: Path, seed: int
) -> None:
    await _in_a_folder(house, claims, database_url, tmp_path / "artifacts", seed, 400)


@pytest.mark.full
async def test_on_s3_what_is_needed_stays_and_the_rest_goes(
    house: Orchestrator, claims: Claims, database_url: str, swift: Swift
) -> None:
    """Its clock cannot be moved: what is not recorded of pictures counts as old at once."""
    bucket = swift.new_bucket()
    store = open_store(f"s3://{bucket}", swift.settings())
    broom = Broom(house, store, Ages(leftovers_ms=6 * HOUR_MS, pictures_ms=-DAY_MS, jobs_ms=0))
    history = History(3, broom, Writing(claims, store), None)
    await live_through(3, 30, history, BucketObjects(swift.client, bucket), database_url)
    await store.close()


async def _in_a_folder(house: Orchestrator, claims: Claims, url: str, folder: Path, seed: int, steps: int) -> None:
    store: ArtifactStore = open_store(f"file://{folder}")
    history = History(seed, Broom(house, store), Writing(claims, store), folder)
    await live_through(seed, steps, history, FolderObjects(folder), url)
    await store.close()
