"""A stack of toy programs, real processes without any popcon service; run as a program, one of its processes."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from popcon.stack import Folder, ports
from popcon.stack.programs import Addresses, Program, Tier


def toy(name: str, tier: Tier, folder: Folder, *modes: str, grace_s: float = 2.0, port: int | None = None) -> Program:
    """A program that writes `<name> started|stopped` to `events` in the folder. Modes: see `main`."""
    port = port or ports.services(1)[0]
    argv = (sys.executable, __file__, name, str(port), str(folder.root / "events"), *modes)
    return Program(name, argv, {}, f"http://127.0.0.1:{port}/readyz", tier, grace_s)


def three(folder: Folder, addresses: Addresses, env: Mapping[str, str]) -> list[Program]:
    """One program per place in the order of stopping; the highest is ready where the gateway would be."""
    edge = int(addresses.http["gateway"].split(":")[1])
    return [
        toy("low", Tier.BROKER, folder),
        toy("middle", Tier.WORKERS, folder, *modes_of_middle()),
        toy("high", Tier.EDGE, folder, port=edge),
    ]


def modes_of_middle() -> list[str]:
    return os.environ.get("TOY_MIDDLE", "").split()


def up_command(folder: Folder) -> list[str]:
    """`popcon up` with these programs; TOY_MIDDLE holds the modes of the middle one."""
    script = (
        # Whatever started the tests may ignore it, as nohup does, and children inherit that.
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL);"
        "import functools, sys; from popcon.cli import main, up; from popcon.stack import Stack;"
        "from tests.integration.stack import toy_stack;"
        "up.Stack = functools.partial(Stack, plan=toy_stack.three); main()"
    )
    return [sys.executable, "-c", script, "up", "--data", str(folder.root)]


def events(folder: Folder) -> list[str]:
    path = folder.root / "events"
    return path.read_text().splitlines() if path.exists() else []


def is_alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def eventually(check: Callable[[], object], within_s: float = 10) -> None:
    give_up = time.monotonic() + within_s
    while not check():
        assert time.monotonic() < give_up, "it never happened"
        await asyncio.sleep(0.02)


class _Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


def main() -> None:
    """`dies`: exits with 3 at once. `stubborn`: ignores SIGTERM. `parent`: starts a child and writes its pid."""
    name, port, path, *modes = sys.argv[1:]

    def write(event: str) -> None:
        with open(path, "a") as file:
            file.write(f"{name} {event}\n")

    def on_term(_number: int, _frame: object) -> None:
        if "stubborn" not in modes:
            write("stopped")
            os._exit(0)

    signal.signal(signal.SIGTERM, on_term)
    write("started")
    print(json.dumps({"event": "hello", "pid": os.getpid()}), flush=True)
    if "dies" in modes:
        print("no disk left", file=sys.stderr)
        sys.exit(3)
    if "parent" in modes:
        write(f"child={subprocess.Popen(['sleep', '60']).pid}")
    server = HTTPServer(("127.0.0.1", int(port)), _Ready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        # A signal that another thread got is handled by this one once it wakes.
        time.sleep(0.1)


if __name__ == "__main__":
    main()
