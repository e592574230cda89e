"""`popcon up` in the foreground, and the stack that another command finds or starts."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from popcon import errors
from popcon.cli import connection
from popcon.cli.output import Output
from popcon.stack import Folder
from tests.integration.stack.toy_stack import events, is_alive, up_command

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setattr(connection, "_up", up_command)
    monkeypatch.chdir(ROOT)
    return Folder(tmp_path / "data")


@pytest.fixture
def up(folder: Folder) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts `popcon up` and returns it once it says that it is ready."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(up_command(folder), stdout=pipe, stderr=pipe, text=True, cwd=ROOT)
        started.append(process)
        until(process, "Ctrl-C stops it")
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def until(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return
    raise AssertionError(f"it ended without saying so: {said}{process.stderr and process.stderr.read()}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order_with_exit_code_0(
    up: Callable[[], subprocess.Popen[str]], folder: Folder, number: int
) -> None:
    process = up()
    process.send_signal(number)
    output, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert output.splitlines()[-1] == "Stopped."
    assert events(folder)[-3:] == ["high stopped", "middle stopped", "low stopped"]


def test_a_second_ctrl_c_kills(
    up: Callable[[], subprocess.Popen[str]], folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_MIDDLE", "stubborn")
    process = up()
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    until(process, "Stopping; Ctrl-C once more kills.")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130
    assert time.monotonic() - began < 2
    assert not folder.held()


def test_a_command_uses_the_stack_that_runs_and_leaves_it_running(
    up: Callable[[], subprocess.Popen[str]], folder: Folder
) -> None:
    process = up()
    with connection.connect(folder.root, Output()) as found:
        assert not found.own
    assert process.poll() is None
    record = folder.read_record()
    assert record is not None
    assert record.pid == process.pid


def test_a_command_starts_a_stack_of_its_own_and_stops_it(folder: Folder) -> None:
    with connection.connect(folder.root, Output()) as found:
        assert found.own
        record = folder.read_record()
        assert record is not None
    assert not is_alive(record.pid)
    assert not folder.held()
    assert events(folder)[-1] == "low stopped"


def test_two_commands_at_once_share_one_stack(folder: Folder) -> None:
    own: list[bool] = []
    both = threading.Barrier(2)

    def use() -> None:
        with connection.connect(folder.root, Output()) as found:
            own.append(found.own)
            both.wait(20)

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(own) == [False, True]


def test_a_stack_that_does_not_start_says_why(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_MIDDLE", "dies")
    with (
        pytest.raises(errors.Unavailable, match="middle does not start: no disk left"),
        connection.connect(folder.root, Output()),
    ):
        pass
    assert not folder.held()


def test_a_stack_that_died_is_not_taken_for_one_that_runs(
    up: Callable[[], subprocess.Popen[str]], folder: Folder
) -> None:
    process = up()
    process.kill()
    process.wait()
    assert (folder.root / "stack.json").exists()
    with connection.connect(folder.root, Output()) as found:
        assert found.own
