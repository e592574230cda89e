"""As on a cluster: three NATS servers with a copy of each stream, PostgreSQL, two orchestrators and two workers."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from math import inf
from pathlib import Path

import pytest

from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine, states
from tests.fixtures import stack as stacks
from tests.fixtures.invariants import assert_sound
from tests.fixtures.nats_cluster import NatsCluster
from tests.fixtures.postgres import TEMPLATE, PostgresServer
from tests.fixtures.sources import Row, rows
from tests.fixtures.stack import LiveStack, eventually, wait_over

JOBS = 50
DELIVERED_S = 10.0
"""Between a leader's death and a new delivery, the servers' election included."""


@pytest.fixture
def three(tmp_path: Path) -> Iterator[NatsCluster]:
    """Servers to kill."""
    found = NatsCluster(tmp_path / "nats")
    try:
        asyncio.run(found.start())
        yield found
    finally:
        found.kill()


@pytest.fixture
def scene(three: NatsCluster, shared_postgres: PostgresServer, tmp_path: Path) -> Iterator[LiveStack]:
    """A spine on them and on a database of its own, the streams copied to every server."""
    database = shared_postgres.url(asyncio.run(shared_postgres.new_database(TEMPLATE)))
    env = {"POPCON_NATS_URL": three.url, "POPCON_NATS_REPLICAS": "3", "POPCON_DATABASE_URL": database}
    with stacks.spine(tmp_path / "data", POPCON_NOOP_S="0.3", **env) as stack:
        asyncio.run(three.whole())
        yield stack


@pytest.mark.full
@pytest.mark.parametrize("round_", range(2))
def test_jobs_outlive_the_leader_of_the_stream_and_one_of_two_orchestrators(
    scene: LiveStack, three: NatsCluster, round_: int
) -> None:
    """Fault 9: a new task is delivered soon after the leader's death, and every run counts once."""
    spine = Spine(scene)
    with ExitStack() as beside, scene.client(patience_s=30) as client:
        with scene.down("noop"):
            jobs = [spine.order(client) for _ in range(JOBS)]
            rules = beside.enter_context(scene.another("orchestrator"))
        beside.enter_context(scene.another("noop", POPCON_ORCHESTRATOR=rules.address))
        eventually(lambda: is_under_way(scene), "a worker holds a run")
        leader = asyncio.run(three.leader())
        died = time.time()
        three.servers[leader].kill()
        assert JobState.DONE not in states(client.job(job.id) for job in jobs)
        eventually(lambda: new_delivery_s(scene, died) < inf, "a task is delivered that was queued since")
        took = new_delivery_s(scene, died)
        print(f"round {round_}: {leader} led; new delivery {took:.1f} s after its death")
        scene.kill("orchestrator")
        asyncio.run(three.servers[leader].start())
        assert set(states(wait_over(client, jobs, 90.0))) == {JobState.DONE}
        eventually(lambda: spine.tasks_held() == 0, "every task is acknowledged")
    data = assert_sound(scene.sources)
    assert [run["number"] for run in data.runs if run["tries"]] == []
    assert took <= DELIVERED_S


def is_under_way(scene: LiveStack) -> bool:
    return any(run["state"] == "running" for run in rows(scene.sources, ["runs"])[1]["runs"])


def new_delivery_s(scene: LiveStack, since: float) -> float:
    """Seconds from a moment until a run began that was queued later; endless while there is none."""
    later = [event for event in rows(scene.sources, ["events"])[1]["events"] if event["at"] > since * 1000]
    queued = {_run(event) for event in later if event["type"] == "run.queued"}
    began = [event["at"] for event in later if event["type"] == "run.started" and _run(event) in queued]
    return min(began, default=inf) / 1000 - since


def _run(event: Row) -> tuple[object, ...]:
    return tuple(event[name] for name in ("job_id", "action_id", "stage", "target", "run"))
