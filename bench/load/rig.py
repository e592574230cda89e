"""Rig L1: the control plane alone, as on a cluster but on one machine.

A real PostgreSQL with fsync on, NATS with JetStream, orchestrator and gateway as processes; the stages are workers that
claim and say that they are done. They touch no store.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncpg
import grpc
import httpx
import psutil

from popcon import rpc
from popcon.stack import Folder, Stack
from popcon.stack.programs import Addresses, Program, Tier, plan
from popcon.v1 import common_pb2, jobs_pb2, jobs_pb2_grpc
from tests.fixtures.postgres import PASSWORD, USER, PostgresServer

ROOT = Path(__file__).parents[2]
WORKER = "worker"
LOCAL = "local"
"""The owner that the gateway has without keys."""

ENV = {"POPCON_BACKLOG": "256", "POPCON_LOG_LEVEL": "WARNING"}


class Tally(Counter[str]):
    """What the worker says of itself, over all its lives: `deliveries`, `tasks`, `results`, `errors`."""

    def __init__(self) -> None:
        super().__init__()
        self._last: Counter[str] = Counter()

    def listen(self, service: str, line: str) -> None:
        """Takes a line of a process's log."""
        if service != WORKER or not line.startswith('{"'):
            return
        said = Counter(json.loads(line))
        new = self._last.total() > said.total()  # it was started again
        self.update(said if new else said - self._last)
        self._last = said


@dataclass
class Rig:
    """A running control plane."""

    stack: Stack
    postgres: PostgresServer
    http: httpx.AsyncClient
    tally: Tally
    database: asyncpg.Pool = field(init=False)
    picture_id: str = ""
    """Of `LOCAL`."""

    @property
    def orchestrator(self) -> str:
        """Where it serves gRPC, as `host:port`."""
        return self.stack.addresses.grpc["orchestrator"]

    @property
    def postgres_url(self) -> str:
        """The state store, for a client of PostgreSQL."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.postgres.port}/popcon"

    async def rows(self, query: str, *values: object) -> list[asyncpg.Record]:
        """What the state store answers."""
        return list(await self.database.fetch(query, *values))

    async def waiting(self) -> int:
        """Runs that have not ended."""
        (row,) = await self.rows("SELECT count(*) AS runs FROM runs WHERE state IN ('queued', 'running')")
        return int(row["runs"])

    async def results(self) -> int:
        """Runs of actions that succeeded so far."""
        (row,) = await self.rows("SELECT count(*) AS runs FROM runs WHERE state = 'succeeded' AND action_id <> ''")
        return int(row["runs"])

    async def drain(self, within_s: float) -> float:
        """Waits until every run has ended; answers the seconds that it took. Raises `TimeoutError`."""
        began = time.monotonic()
        async with asyncio.timeout(within_s):
            while await self.waiting():  # noqa: ASYNC110 - other processes end them
                await asyncio.sleep(0.5)
        return time.monotonic() - began

    def memory_mb(self) -> dict[str, float]:
        """Resident megabytes of each process of popcon."""
        return {name: psutil.Process(pid).memory_info().rss / 1e6 for name, pid in self.stack.pids().items()}


@asynccontextmanager
async def running(env: Mapping[str, str] | None = None) -> AsyncIterator[Rig]:
    """A rig with a picture in it."""
    postgres, tally = PostgresServer(), Tally()
    try:
        await postgres.start()
        url = postgres.url(await postgres.new_database(name="popcon"))
        with tempfile.TemporaryDirectory(prefix="popcon-load-") as folder:
            settings = {**ENV, "POPCON_DATABASE_URL": url, **(env or {})}
            async with Stack(Folder(Path(folder)), env=settings, plan=_plan, show=tally.listen) as stack:
                await stack.wait_ready()
                async with _connected(stack, postgres, tally) as rig:
                    async with rpc.connect(rig.orchestrator) as channel:
                        rig.picture_id = await upload(channel, LOCAL)
                    yield rig
    finally:
        postgres.remove()


def _plan(folder: Folder, addresses: Addresses, env: Mapping[str, str]) -> Sequence[Program]:
    """Everything but the workers, and in their place one that makes nothing."""
    others = [program for program in plan(folder, addresses, env) if program.tier is not Tier.WORKERS]
    (orchestrator,) = [program for program in others if program.name == "orchestrator"]
    argv = (sys.executable, "-m", "bench.load.workers", addresses.grpc["orchestrator"], f"nats://{addresses.nats}")
    own = {"PYTHONPATH": str(ROOT)}
    return [*others, replace(orchestrator, name=WORKER, argv=argv, env=own, tier=Tier.WORKERS)]


@asynccontextmanager
async def _connected(stack: Stack, postgres: PostgresServer, tally: Tally) -> AsyncIterator[Rig]:
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(base_url=stack.addresses.url, timeout=30, trust_env=False, limits=limits) as http:
        rig = Rig(stack, postgres, http, tally)
        async with asyncpg.create_pool(rig.postgres_url, min_size=0, max_size=4) as rig.database:
            yield rig


async def upload(channel: grpc.aio.Channel, owner: str) -> str:
    """A picture of an owner, of which nothing but the row exists: nobody here reads a file. Answers its id."""
    blank = common_pb2.Artifact(
        key=f"owners/{owner}/pictures/0/source", size=1, sha256="0" * 64, media_type="image/png"
    )
    picture = common_pb2.Picture(source=blank, cutout=blank, width=1, height=1, box=common_pb2.Box(right=1, bottom=1))
    pictures = jobs_pb2_grpc.PictureServiceStub(channel)
    kept = await rpc.call(pictures.CreatePicture, jobs_pb2.CreatePictureRequest(owner=owner, picture=picture))
    return str(kept.picture.id)
