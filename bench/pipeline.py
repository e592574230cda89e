"""Measures the pipeline on this machine: `python bench/pipeline.py`.

Start-up time of the stack, memory of each service, wall time of an 8-action job split by stage, and run results applied
per second by the orchestrator, beside two limits found in the same run: bare transactions of six statements with the
same durability, and bare publishes into JetStream.
"""

import asyncio
import sqlite3
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

import machine
from popcon import rest, rpc
from popcon.bus import STAGES, Bus
from popcon.catalog.presets import DEFAULT_SET
from popcon.client import Popcon
from popcon.manifest import Manifest
from popcon.stack import Folder, Stack
from popcon.stack.programs import plan_noop
from popcon.storage import Artifact
from popcon.v1 import common_pb2, jobs_pb2, jobs_pb2_grpc, tasks_pb2
from popcon.worker.claims import CONTINUE, Claims

PICTURE = Path(__file__).parents[1] / "examples" / "penguin.png"
JOBS = 40
ACTIONS = 8
LIMIT_S = 3.0
PULLERS = 4


@dataclass
class Running:
    """A stack and how long it took to be ready."""

    stack: Stack
    ready_s: float


@asynccontextmanager
async def running(**options: object) -> AsyncIterator[Running]:
    with tempfile.TemporaryDirectory(prefix="popcon-bench-") as folder:
        began = time.monotonic()
        async with Stack(Folder(Path(folder)), **options) as stack:  # type: ignore[arg-type]
            await stack.wait_ready()
            yield Running(stack, time.monotonic() - began)


async def whole_job() -> str:
    """A job of eight actions through the whole stack."""
    async with running() as run:
        idle = memory(run.stack)
        began = time.monotonic()
        job = await asyncio.to_thread(_make, run.stack.addresses.url)
        wall_s = time.monotonic() - began
        busy = memory(run.stack)
    seconds = defaultdict(list)
    for action in job.actions:
        for each in action.runs:
            seconds[each.stage].append(each.seconds)
    stages = [[stage, len(all_), f"{sum(all_):.1f}", f"{max(all_):.2f}"] for stage, all_ in seconds.items()]
    work_s = sum(sum(all_) for all_ in seconds.values())
    return "\n\n".join(
        [
            f"## A job of {ACTIONS} actions",
            f"Stack ready after **{run.ready_s:.1f} s**; job {job.state} after **{wall_s:.1f} s**; "
            f"{work_s:.1f} s of work, {work_s / wall_s:.2f} workers busy on average.",
            machine.table(["stage", "runs", "seconds in all", "longest"], stages),
            "## Memory",
            machine.table(
                ["service", "MB ready", "MB after the job"],
                [[name, f"{idle[name]:.0f}", f"{busy[name]:.0f}"] for name in sorted(idle)]
                + [["all", f"{sum(idle.values()):.0f}", f"{sum(busy.values()):.0f}"]],
            ),
        ]
    )


def _make(url: str) -> rest.Job:
    with Popcon(url) as client:
        picture = client.upload_picture(PICTURE)
        job = client.create_job(picture.id, list(DEFAULT_SET[:ACTIONS]))
        for event in client.events(job.id):
            if event.type == "set.changed" and event.data["state"] != "pending":
                break
        return client.job(job.id)


def memory(stack: Stack) -> dict[str, float]:
    """Resident megabytes of each process."""
    return {name: psutil.Process(pid).memory_info().rss / 1e6 for name, pid in stack.pids().items()}


async def results_per_second() -> str:
    """Claims and completes of every run of many jobs, by workers that make and store nothing."""
    runs = JOBS * ACTIONS * 4 + JOBS
    async with running(plan=plan_noop, env={"POPCON_NOOP_S": "0", "POPCON_BACKLOG": "256"}) as run:
        run.stack.kill("noop", 19)  # stopped: its place is taken by the workers in here, which touch no store
        addresses = run.stack.addresses
        began = time.monotonic()
        await _create_jobs(addresses.grpc["orchestrator"])
        created_s = time.monotonic() - began
        bus, claims = Bus(f"nats://{addresses.nats}", "bench"), Claims(addresses.grpc["orchestrator"])
        await bus.open()
        left = _Left(runs)
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for stage in STAGES:
                for _ in range(PULLERS):
                    group.create_task(_work(bus, claims, stage, left))
        seconds = time.monotonic() - began
        publishes = await _publishes_per_second(bus)
        run.stack.kill("noop", 18)
        await bus.close()
        await claims.close()
    transactions = _transactions_per_second()
    rows = [
        ["run results applied per second", f"{runs / seconds:.0f}", ""],
        ["of them actions per second", f"{JOBS * ACTIONS / seconds:.0f}", ""],
        ["jobs of 8 actions created per second", f"{JOBS / created_s:.0f}", ""],
        [
            "limit: transactions of six statements per second",
            f"{transactions:.0f}",
            f"{runs / seconds / transactions:.2f}",
        ],
        ["limit: publishes per second", f"{publishes:.0f}", f"{runs / seconds / publishes:.2f}"],
    ]
    return f"## The orchestrator alone\n\n{runs} runs of {JOBS} jobs, workers that make nothing.\n\n" + machine.table(
        ["what", "figure", "ratio of results to it"], rows
    )


@dataclass
class _Left:
    runs: int


async def _create_jobs(address: str) -> None:
    async with rpc.connect(address) as channel:
        blank = common_pb2.Artifact(
            key="owners/local/pictures/0/source", size=1, sha256="0" * 64, media_type="image/png"
        )
        picture = common_pb2.Picture(
            source=blank, cutout=blank, width=1, height=1, box=common_pb2.Box(right=1, bottom=1)
        )
        pictures, jobs = jobs_pb2_grpc.PictureServiceStub(channel), jobs_pb2_grpc.JobServiceStub(channel)
        kept = await rpc.call(pictures.CreatePicture, jobs_pb2.CreatePictureRequest(owner="local", picture=picture))
        actions = [jobs_pb2.ActionSpec(direction=common_pb2.Direction(preset=name)) for name in DEFAULT_SET[:ACTIONS]]
        request = jobs_pb2.CreateJobRequest(owner="local", picture_id=kept.picture.id, actions=actions)
        await asyncio.gather(*(rpc.call(jobs.CreateJob, request, timeout_s=60) for _ in range(JOBS)))


async def _work(bus: Bus, claims: Claims, stage: str, left: _Left) -> None:
    puller = await bus.bind(stage, "batch")
    while left.runs > 0:
        message = await puller.pull(0.5)
        if message is None:
            continue
        task = tasks_pb2.Task.FromString(message.data)
        claim = await claims.claim(task.run_id, uuid.uuid4().hex)
        if claim.verdict == CONTINUE:
            held = claim.assignment
            stored = Artifact(
                f"{held.prefix}/{held.attempt}/manifest.json", 1, uuid.uuid4().hex * 2, "application/json"
            )
            details = {"zip": "", "breaches": [{"rule": "none", "file": "", "message": "made by a benchmark"}]}
            made = Manifest(run_id=held.run_id, attempt=held.attempt, stage=stage, backend="bench", seed=0, takes=1,
                            seconds=0, outputs=(), details=details)  # fmt: skip
            await claims.succeed(held, stored, made)
            left.runs -= 1
        await message.ack()


async def _publishes_per_second(bus: Bus) -> float:
    task = tasks_pb2.Task(schema=1, run_id="run_0", stage=common_pb2.STAGE_ASSEMBLE, lane=common_pb2.LANE_BATCH)
    began, count = time.monotonic(), 0
    while time.monotonic() - began < LIMIT_S:
        await asyncio.gather(*(bus.publish_task(task, uuid.uuid4().hex, {}) for _ in range(64)))
        count += 64
    return count / (time.monotonic() - began)


def _transactions_per_second() -> float:
    with tempfile.TemporaryDirectory(prefix="popcon-bench-") as folder:
        connection = sqlite3.connect(f"{folder}/bare.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT)")
        began, count = time.monotonic(), 0
        while time.monotonic() - began < LIMIT_S:
            connection.execute("BEGIN IMMEDIATE")
            for each in range(3):
                connection.execute("INSERT INTO bare (text) VALUES (?)", (str(each),))
                connection.execute("UPDATE bare SET text = 'x' WHERE id = last_insert_rowid()")
            connection.execute("COMMIT")
            count += 1
        connection.close()
        return count / (time.monotonic() - began)


async def main() -> None:
    parts = [await whole_job(), await results_per_second()]
    machine.write("pipeline", "The pipeline on one machine", "\n\n".join(parts))


if __name__ == "__main__":
    asyncio.run(main())
