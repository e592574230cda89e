"""The gateway as a process: what it loads, where it refuses to listen, and how it stops."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.fixtures.gateway import JOB, Script, an_event, free_port, scripted_services


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POPCON_")}
    return kept | {f"POPCON_{name.upper()}": value for name, value in settings.items()}


def test_it_loads_no_image_library_model_or_database() -> None:
    code = (
        "import sys, services.gateway.__main__;"
        "print([name for name in sys.modules if name in"
        " ('cv2', 'numpy', 'PIL', 'torch', 'scipy', 'sqlalchemy', 'diffusers', 'boto3', 'nats', 'av', 'resvg_py')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("listen", ["0.0.0.0:8400", ":8400", "192.168.1.5:8400", "[::]:8400", "example.org:8400"])
def test_it_does_not_listen_beyond_this_machine(listen: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "services.gateway"],
        env=environment(listen=listen),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert found.returncode == 2
    assert found.stderr.startswith("POPCON_LISTEN: ")
    assert "POPCON_KEYS=true" in found.stderr


@contextlib.asynccontextmanager
async def process(folder: Path, services: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    port = free_port()
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.gateway",
        env=environment(
            listen=f"127.0.0.1:{port}",
            orchestrator=services,
            store_url=f"file://{folder}/artifacts",
            grace_s="10",
        ),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as http:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    await http.get(f"{url}/v1/targets")
                    break
                await asyncio.sleep(0.05)
        yield running, url
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def test_sigterm_ends_it_soon_and_cleanly_with_a_stream_open(tmp_path: Path) -> None:
    script = Script(events=[an_event(1)])
    async with (
        scripted_services(script) as services,
        process(tmp_path, services) as (running, url),
        httpx.AsyncClient(base_url=url, timeout=10, trust_env=False) as http,
        http.stream("GET", f"/v1/jobs/{JOB}/events") as answer,
    ):
        lines = answer.aiter_lines()
        async for line in lines:
            if line.startswith("data:"):
                break
        running.terminate()
        async with asyncio.timeout(5):
            assert [line async for line in lines if line.startswith("data:")] == []
            assert running.stderr
            log = await running.stderr.read()
            assert await running.wait() == 0
    assert b"stopped" in log
    assert b"Traceback" not in log


async def test_a_trace_goes_on_behind_it(tmp_path: Path) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    script = Script()
    async with (
        scripted_services(script) as services,
        process(tmp_path, services) as (_, url),
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        await http.get(f"/v1/jobs/{JOB}", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert script.traces == [trace]
