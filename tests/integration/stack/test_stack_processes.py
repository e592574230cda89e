"""The stack with real processes and real signals."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import nats
import pytest

from popcon import errors
from popcon.stack import Folder, Stack, ports, programs
from popcon.stack.processes import Process
from popcon.stack.programs import Program, Tier
from tests.integration.stack import toy_stack
from tests.integration.stack.toy_stack import events, eventually, is_alive, toy


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "data")


def plan_of(*made):
    return lambda _folder, _addresses, _env: list(made)


async def test_it_starts_everything_and_stops_it_from_the_edge_inwards(folder: Folder) -> None:
    async with Stack(folder, plan=toy_stack.three) as stack:
        await stack.wait_ready(10)
        pids = stack.pids()
        assert set(pids) == {"low", "middle", "high"}
    assert events(folder)[-3:] == ["high stopped", "middle stopped", "low stopped"]
    assert not any(is_alive(pid) for pid in pids.values())


async def test_the_users_own_variables_win_over_a_default_and_not_over_what_a_program_must_be_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POPCON_DATABASE_URL", "the user's")
    monkeypatch.setenv("POPCON_NATS_URL", "the user's")
    own = {"POPCON_DATABASE_URL": "a default", "POPCON_STORE_URL": "a default"}
    program = Program("env", ("/usr/bin/env",), {"POPCON_NATS_URL": "the stack's"}, "", Tier.RULES, 1.0, own)
    lines: list[str] = []
    assert await (await Process.start(program, lines.append)).wait() == 0
    assert {line for line in lines if line.startswith("POPCON_")} >= {
        "POPCON_DATABASE_URL=the user's", "POPCON_NATS_URL=the stack's", "POPCON_STORE_URL=a default"
    }  # fmt: skip


async def test_a_killed_program_is_started_again_and_that_is_logged(folder: Folder) -> None:
    async with Stack(folder, plan=toy_stack.three) as stack:
        await stack.wait_ready(10)
        before = stack.pids()["middle"]
        stack.kill("middle")
        await eventually(lambda: stack.pids().get("middle", before) != before)
        await stack.wait_ready(10)
        assert stack.pids()["low"]
    (line,) = (folder.logs / "stack.log").read_text().splitlines()
    assert json.loads(line)["event"] == "ended (SIGKILL), starts again in 0.5 s"
    assert json.loads(line)["service"] == "middle"


async def test_a_program_that_dies_young_is_started_later_each_time(folder: Folder) -> None:
    dying = toy("dying", Tier.WORKERS, folder, "dies")
    async with Stack(folder, plan=plan_of(dying)) as stack:
        with pytest.raises(errors.Unavailable, match=r"dying does not start: no disk left \(see .*dying\.log\)"):
            await stack.wait_ready(20)
    said = [json.loads(line)["event"] for line in (folder.logs / "stack.log").read_text().splitlines()]
    assert said == [f"ended (exit code 3), starts again in {delay} s" for delay in ("0.5", "1", "2")]


async def test_stopping_does_not_wait_for_the_pause_before_a_start(folder: Folder) -> None:
    stack = Stack(folder, plan=plan_of(toy("dying", Tier.WORKERS, folder, "dies")))
    await stack.start()
    await eventually(lambda: len(events(folder)) >= 3)
    await asyncio.wait_for(stack.stop(), 1)


async def test_restart_stops_in_order_and_starts_at_once(folder: Folder) -> None:
    async with Stack(folder, plan=toy_stack.three) as stack:
        await stack.wait_ready(10)
        before = stack.pids()["middle"]
        await stack.restart("middle")
        assert stack.pids()["middle"] != before
        await stack.wait_ready(10)
        assert [event for event in events(folder) if event.startswith("middle")] == [
            "middle started",
            "middle stopped",
            "middle started",
        ]
    assert not (folder.logs / "stack.log").exists()


async def test_a_program_that_ignores_sigterm_is_killed_after_its_grace(folder: Folder) -> None:
    stubborn = toy("stubborn", Tier.WORKERS, folder, "stubborn", grace_s=-1.5)  # 0.5 s with the slack
    stack = Stack(folder, plan=plan_of(stubborn))
    await stack.start()
    await stack.wait_ready(10)
    pid = stack.pids()["stubborn"]
    await asyncio.wait_for(stack.stop(), 5)
    assert not is_alive(pid)


async def test_a_suspended_program_stops_too(folder: Folder) -> None:
    stack = Stack(folder, plan=toy_stack.three)
    await stack.start()
    await stack.wait_ready(10)
    stack.kill("middle", signal.SIGSTOP)
    await stack.stop()
    assert "middle stopped" in events(folder)


async def test_kill_all_ends_a_stop_that_takes_long(folder: Folder) -> None:
    stack = Stack(folder, plan=plan_of(toy("stubborn", Tier.WORKERS, folder, "stubborn", grace_s=60)))
    await stack.start()
    await stack.wait_ready(10)
    stopping = asyncio.create_task(stack.stop())
    await asyncio.sleep(0.1)
    assert not stopping.done()
    stack.kill_all()
    await asyncio.wait_for(stopping, 5)


async def test_what_a_program_started_itself_dies_with_it(folder: Folder) -> None:
    async with Stack(folder, plan=plan_of(toy("parent", Tier.WORKERS, folder, "parent"))) as stack:
        await stack.wait_ready(10)
        child = int(events(folder)[1].partition("=")[2])
        assert is_alive(child)
    await eventually(lambda: not is_alive(child))


async def test_kill_9_of_the_supervisor_takes_every_process_and_frees_the_folder(folder: Folder) -> None:
    with supervisor(folder) as process:
        assert process.stdout is not None
        pids = json.loads(process.stdout.readline())
        assert len(pids) == 3
        assert all(is_alive(pid) for pid in pids)
        process.kill()
    await eventually(lambda: not any(is_alive(pid) for pid in pids))
    assert folder.read_record() is None
    async with Stack(folder, plan=toy_stack.three) as stack:
        await stack.wait_ready(10)


def supervisor(folder: Folder) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _SUPERVISOR, str(folder.root)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])


_SUPERVISOR = """
import asyncio, json, pathlib, sys
from popcon.stack import Folder, Stack
from tests.integration.stack import toy_stack

async def main():
    stack = Stack(Folder(pathlib.Path(sys.argv[1])), plan=toy_stack.three)
    await stack.start()
    await stack.wait_ready(10)
    print(json.dumps(list(stack.pids().values())), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_two_stacks_never_share_a_folder(folder: Folder) -> None:
    async with Stack(folder, plan=toy_stack.three) as stack:
        await stack.wait_ready(10)
        with pytest.raises(errors.WrongState, match=f"running on .* \\(process {os.getpid()}, http"):
            await Stack(folder, plan=toy_stack.three).start()
        record = folder.read_record()
    assert record is not None
    assert record.pid == os.getpid()
    assert folder.read_record() is None


async def test_the_refused_stack_leaves_the_record_of_the_first(folder: Folder) -> None:
    async with Stack(folder, plan=toy_stack.three) as stack:
        await stack.wait_ready(10)
        refused = Stack(folder, plan=toy_stack.three)
        with pytest.raises(errors.WrongState):
            await refused.start()
        await refused.stop()
        assert folder.read_record() is not None


async def test_a_stack_is_told_of_when_it_is_ready_and_no_longer_when_it_stops(folder: Folder) -> None:
    stack = Stack(folder, plan=toy_stack.three)
    await stack.start()
    assert folder.read_record() is None
    await stack.wait_ready(10)
    assert folder.read_record() is not None
    stack.kill("low", signal.SIGSTOP)
    stopping = asyncio.create_task(stack.stop())
    await asyncio.sleep(0)
    assert folder.read_record() is None
    await stopping


async def test_the_gateway_moves_when_its_port_is_taken(folder: Folder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(errors.InvalidRequest, match=f"Port {port} cannot be used"):
            await Stack(folder, gateway_port=port, plan=toy_stack.three).start()
    async with Stack(folder, gateway_port=port, plan=toy_stack.three) as stack:
        assert stack.addresses.gateway == f"127.0.0.1:{port}"


async def test_nats_answers_with_a_store_in_the_folder_and_keeps_it_over_kill_9(folder: Folder) -> None:
    def only_nats(folder, addresses, env):
        return programs.plan(folder, addresses, env)[:1]

    async with Stack(folder, plan=only_nats) as stack:
        await stack.wait_ready(10)
        client = await nats.connect(f"nats://{stack.addresses.nats}", reconnect_time_wait=0.1)
        stream = client.jetstream()
        await stream.add_stream(name="KEPT", subjects=["kept"], max_bytes=1024**3)
        await stream.publish("kept", b"x")
        stack.kill("nats")
        await eventually(lambda: not client.is_connected)
        await stack.wait_ready(10)
        await eventually(lambda: client.is_connected)
        assert (await stream.stream_info("KEPT")).state.messages == 1
        await client.close()
    assert list(folder.nats.glob("jetstream/**/KEPT"))


async def test_the_log_on_the_screen_and_the_file_get_every_line(folder: Folder) -> None:
    heard: list[tuple[str, str]] = []
    async with Stack(folder, plan=toy_stack.three, show=lambda *line: heard.append(line)) as stack:
        await stack.wait_ready(10)
        pid = stack.pids()["low"]
        await eventually(lambda: len(heard) >= 3)
    assert ("low", json.dumps({"event": "hello", "pid": pid})) in heard
    assert json.loads((folder.logs / "low.log").read_text())["pid"] == pid


async def test_processes_listen_on_the_loopback_address_only(folder: Folder) -> None:
    addresses = programs.choose_addresses(ports.services(1)[0])
    folder.make()
    for program in programs.plan(folder, addresses, {}):
        listens = [value for key, value in program.env.items() if key.endswith("LISTEN")]
        assert all(value.startswith("127.0.0.1:") for value in listens)
    assert 'listen: "127.0.0.1:' in (folder.nats / "nats.conf").read_text()
