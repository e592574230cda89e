"""Each service as a process: its help, its end, and where it listens."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

import psutil  # type: ignore[import-untyped]
import pytest

from popcon.stack.programs import SERVICES
from tests.fixtures.stack import ROOT, LiveStack, eventually


def start(service: str, *arguments: str, **env: str) -> subprocess.Popen[str]:
    command: Sequence[str] = (sys.executable, "-P", "-m", f"services.{service}", *arguments)
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=pipe, stderr=pipe, text=True)


def test_help_prints_the_settings_of_each_service() -> None:
    asked = {service: start(service, "--help") for service in SERVICES}
    for service, process in asked.items():
        said, wrong = process.communicate(timeout=60)
        assert (process.returncode, wrong) == (0, ""), service
        for setting in ("POPCON_LOG_LEVEL", "POPCON_HTTP_LISTEN", "POPCON_GRACE_S", "(default"):
            assert setting in said, service


@pytest.mark.parametrize("listen", ["0.0.0.0:8400", "[::]:8400", "192.168.1.5:8400"])
def test_the_gateway_refuses_to_listen_to_other_machines(listen: str) -> None:
    process = start("gateway", POPCON_LISTEN=listen)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "POPCON_LISTEN" in said
    assert listen in said
    assert "Traceback" not in said


def test_every_port_is_open_on_the_loopback_address_only(live: LiveStack) -> None:
    pids = live.pids()
    assert set(pids) == {"nats", *SERVICES}
    for name, pid in pids.items():
        listening = [each.laddr for each in psutil.Process(pid).net_connections("inet") if each.status == "LISTEN"]
        assert listening, name
        assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}, name


def test_sigterm_ends_each_process_with_exit_code_0(live: LiveStack) -> None:
    known, names = len(deaths(live)), set(live.pids())
    for name in names:
        live.kill(name, signal.SIGTERM)
    eventually(lambda: len(deaths(live)) >= known + len(names), "all have ended")
    said = deaths(live)[known:]
    assert {death["service"] for death in said} == names
    assert {death["event"] for death in said} == {"ended (exit code 0), starts again in 0.5 s"}
    live.wait_ready()


def deaths(live: LiveStack) -> list[dict[str, str]]:
    """What the stack said of processes that ended."""
    log = live.folder.logs / "stack.log"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
