"""What the tests of this area do with a spine: order jobs, wait for their end, and look into SQL while they run."""

import asyncio
import contextlib
import functools
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
import httpx
import nats
from nats.js import JetStreamContext

from popcon import rest
from popcon.bus import STREAM
from popcon.client import Popcon
from popcon.manifest import Output
from popcon.storage import keys, open_store
from popcon.v1 import common_pb2, jobs_pb2, jobs_pb2_grpc, runs_pb2_grpc
from tests.fixtures.invariants import read, stored
from tests.fixtures.stack import LiveStack, eventually

OWNER = "local"
POISON = "kills whoever reads it"
"""An action prompt that ends the worker's process."""

PRESETS = ("joy", "cry", "love", "angry", "wave", "sleep")


class Spine:
    """A live spine and one picture in it."""

    def __init__(self, stack: LiveStack) -> None:
        self.stack = stack

    @functools.cached_property
    def picture(self) -> str:
        """The id of a picture: recorded as startframe would have it, for the spine has no startframe."""
        found = asyncio.run(self._store_picture())
        with grpc.insecure_channel(self.stack.addresses.grpc["orchestrator"]) as channel:
            request = jobs_pb2.CreatePictureRequest(owner=OWNER, picture=found)
            answer = jobs_pb2_grpc.PictureServiceStub(channel).CreatePicture(request, timeout=10, wait_for_ready=True)
        return str(answer.picture.id)

    def order(self, client: Popcon, actions: int = 1, **options: Any) -> rest.Job:
        """A new job with so many actions."""
        return client.create_job(self.picture, PRESETS[:actions], **options)

    def order_poison(self, client: Popcon) -> rest.Job:
        """A new job whose start frame kills each worker that takes it."""
        return client.create_job(self.picture, [rest.ActionSpec(action_prompt=POISON, label="Poison")])

    def runs(self, job: rest.Job, state: str) -> list[dict[str, Any]]:
        """The runs of a job that are in a state, as committed. Of a spine on SQLite: tests ask this all the time."""
        connection = sqlite3.connect(self.stack.folder.database)
        connection.row_factory = sqlite3.Row
        try:
            query = "SELECT * FROM runs WHERE job_id = ? AND state = ? ORDER BY id"
            return [dict(row) for row in connection.execute(query, (job.id, state))]
        finally:
            connection.close()

    def until_running(self, job: rest.Job) -> dict[str, Any]:
        """Waits until a worker holds a run of the job, and answers that run."""
        found: list[dict[str, Any]] = []

        def is_held() -> bool:
            found.extend(self.runs(job, "running"))
            return bool(found)

        eventually(is_held, f"a run of {job.id} is running")
        return found[0]

    def story(self, job: rest.Job) -> list[dict[str, Any]]:
        """What happened in a job, in order, as committed."""
        return [event for event in read(self.stack.sources).events if event["job_id"] == job.id]

    def manifests(self, job: rest.Job) -> dict[str, list[int]]:
        """By stage the attempts that wrote a manifest: how often its work was done."""
        found: dict[str, list[int]] = {}
        for key in sorted(stored(self.stack.sources)):
            *_, stage, _run, attempt, name = key.rpartition(f"/{job.id}/")[2].split("/")
            if f"/{job.id}/" in key and name == "manifest.json":
                found.setdefault(stage, []).append(int(attempt))
        return found

    def metrics(self) -> str:
        """What the orchestrator tells a scraper."""
        where = self.stack.addresses.http["orchestrator"]
        return httpx.get(f"http://{where}/metrics/", trust_env=False).text

    def tasks_held(self) -> int:
        """How many tasks the stream holds."""
        return asyncio.run(self._tasks_held())

    async def _tasks_held(self) -> int:
        async with self._jetstream() as js:
            return int((await js.stream_info(STREAM)).state.messages)

    @contextlib.asynccontextmanager
    async def _jetstream(self) -> AsyncIterator[JetStreamContext]:
        client = await nats.connect(self.stack.nats_url.split(","))
        try:
            yield client.jetstream()
        finally:
            await client.close()

    def run_service(self, channel: grpc.Channel) -> runs_pb2_grpc.RunServiceStub:
        """What workers call."""
        return runs_pb2_grpc.RunServiceStub(channel)

    async def _store_picture(self) -> common_pb2.Picture:
        store = open_store(self.stack.folder.artifacts.as_uri())
        try:
            digest = hashlib.sha256(b"picture").hexdigest()
            stored = await store.put(keys.picture_key(OWNER, digest, "source"), b"picture", "image/png")
        finally:
            await store.close()
        source = Output.of("source", stored).to_proto()
        box = common_pb2.Box(left=0, top=0, right=1, bottom=1)
        return common_pb2.Picture(source=source, cutout=source, width=1, height=1, box=box, background="plain")


def waits_s(story: Iterable[dict[str, Any]], since: str) -> list[float]:
    """For each event of a kind: seconds until an attempt at the same run began."""
    waiting: dict[tuple[Any, ...], float] = {}
    found = []
    for event in story:
        run = tuple(event[name] for name in ("action_id", "stage", "target", "run"))
        if event["type"] == since:
            waiting[run] = event["at"]
        elif event["type"] == "run.started" and run in waiting:
            found.append((event["at"] - waiting.pop(run)) / 1000)
    return found


def states(jobs: Iterable[rest.Job]) -> list[rest.JobState]:
    return [job.state for job in jobs]
