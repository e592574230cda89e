"""The popcon that a command talks to: the one that runs on the data folder, or one of its own while it lasts."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from popcon import errors
from popcon.cli.output import Output
from popcon.client import Popcon
from popcon.stack import Folder, leash
from popcon.stack.folder import Record
from popcon.stack.settings import StackSettings

_START_S = 75.0
_STOP_S = 60.0
_POLL_S = 0.05
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Connection:
    """`own`: whether popcon runs for this command only. `orchestrator`: `host:port` of its gRPC."""

    client: Popcon
    orchestrator: str
    own: bool


def folder_of(data: Path | None) -> Folder:
    """The data folder that was named, or else the user's."""
    return Folder(data or StackSettings().folder)


@contextlib.contextmanager
def connect(data: Path | None, output: Output) -> Iterator[Connection]:
    """A ready popcon on the data folder. Raises `Unavailable` when it does not start or does not answer."""
    folder = folder_of(data)
    record = _until_ready(folder)
    with contextlib.ExitStack() as held:
        own = 0
        if record is None:
            output.say("Starting popcon …", "dim")
            own, record = held.enter_context(_own(folder))
        client = held.enter_context(Popcon(record.gateway, patience_s=_PATIENCE_S))
        yield Connection(client, record.services["orchestrator"], own=record.pid == own)


@contextlib.contextmanager
def _own(folder: Folder) -> Iterator[tuple[int, Record]]:
    """`popcon up` as a child that ends with this process, however that ends: its pid, and the stack to talk to.

    They differ where somebody else was faster to start one.
    """
    child = subprocess.Popen(
        leash.command(_up(folder)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with child:
        try:
            record = _until_ready(folder, child)
            if record is None:
                raise errors.Unavailable(_last_words(child) or f"popcon does not start; see {folder.logs}.")
            yield child.pid, record
        finally:
            _stop(child)


def _up(folder: Folder) -> list[str]:
    return [sys.executable, "-P", "-m", "popcon.cli", "up", "--data", str(folder.root)]


def _until_ready(folder: Folder, child: subprocess.Popen[bytes] | None = None) -> Record | None:
    """The stack on the folder, once it answers; None when there is none and `child` is not about to be one."""
    give_up = time.monotonic() + _START_S
    while time.monotonic() < give_up:
        record = folder.read_record()
        if record and _answers(record):
            return record
        if not folder.held() and (child is None or child.poll() is not None):
            return None
        time.sleep(_POLL_S)
    raise errors.Unavailable(
        f"The popcon that runs on {folder.root} does not answer; stop it, start it again with popcon up, and retry."
    )


def _answers(record: Record) -> bool:
    try:
        # Proxy settings are for the world outside this machine.
        return httpx.get(record.ready, timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _last_words(child: subprocess.Popen[bytes]) -> str:
    said = child.communicate()[1].decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(said) if line.strip()), "")


def _stop(child: subprocess.Popen[bytes]) -> None:
    """In order; at once where the person insists."""
    child.terminate()
    try:
        child.wait(_STOP_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
