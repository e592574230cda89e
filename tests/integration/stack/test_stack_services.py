"""The real services under the stack: they start, serve, and stop in order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from popcon.bus import DEAD_LETTERS, STREAM
from popcon.stack import Folder, Stack, programs
from tests.fixtures.nats import NatsServer, connected
from tests.fixtures.nats import own_nats as own_nats


async def test_every_service_becomes_ready_and_stops_when_asked(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    async with Stack(folder) as stack:
        await stack.wait_ready(60)
        assert set(stack.pids()) == {"nats", *programs.SERVICES}
        async with httpx.AsyncClient(base_url=stack.addresses.url, trust_env=False) as client:
            assert (await client.get("/v1/jobs")).json() == {"jobs": [], "next_cursor": None}
    # It is written when a process dies by itself, or has to be killed.
    assert not (folder.logs / "stack.log").exists()
    assert folder.database.exists()


async def test_the_spine_runs_without_the_workers(tmp_path: Path) -> None:
    async with Stack(Folder(tmp_path / "data"), plan=programs.plan_noop) as stack:
        await stack.wait_ready(60)
        assert set(stack.pids()) == {"nats", "orchestrator", "noop", "gateway"}


@pytest.mark.full
async def test_up_uses_a_nats_that_the_environment_names_and_starts_none(tmp_path: Path, own_nats: NatsServer) -> None:
    folder, env = Folder(tmp_path / "data"), {**os.environ, "POPCON_NATS_URL": own_nats.url}
    command = [sys.executable, "-P", "-m", "popcon.cli", "up", "--data", str(folder.root)]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220
        assert process.stdout is not None
        assert any("popcon is ready" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert not list(folder.nats.iterdir())
    assert "nats.log" not in {path.name for path in folder.logs.iterdir()}
    async with connected(own_nats) as (_, js):
        assert {STREAM, DEAD_LETTERS} <= {stream.config.name for stream in await js.streams_info()}
