"""`popcon up`."""

import asyncio
import signal
import sys
from pathlib import Path

from popcon.cli.output import Output
from popcon.stack import Folder, Stack
from popcon.stack.lines import Screen
from popcon.stack.settings import StackSettings

_KILLED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def up(data: Path | None, port: int | None) -> int:
    """Runs a stack until SIGINT, SIGTERM or SIGHUP; a second one kills it. Returns the exit code."""
    settings = StackSettings()
    folder = Folder(data or settings.folder)
    output = Output()
    stack = Stack(folder, gateway_port=port, env=settings.env, show=Screen(sys.stdout))
    asked = _Asked(stack, output)
    for number in _SIGNALS:
        # nohup ignores SIGHUP for its program; then it is to be ignored.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, asked)
    output.say(f"Starting popcon on {folder.root} …")
    try:
        await stack.start()
        if await _ready_before(stack, asked.event):
            _announce(output, stack)
            await asked.event.wait()
    finally:
        await stack.stop()
    output.say("Stopped.")
    return _KILLED if asked.times > 1 else 0


class _Asked:
    """Being asked to stop: once in order, twice at once."""

    def __init__(self, stack: Stack, output: Output) -> None:
        self.event = asyncio.Event()
        self.times = 0
        self._stack = stack
        self._output = output

    def __call__(self) -> None:
        self.times += 1
        self.event.set()
        if self.times == 1:
            self._output.say("Stopping; Ctrl-C once more kills.")
        else:
            self._stack.kill_all()


async def _ready_before(stack: Stack, asked: asyncio.Event) -> bool:
    ready = asyncio.create_task(stack.wait_ready())
    stopping = asyncio.create_task(asked.wait())
    await asyncio.wait([ready, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not ready.done():
        ready.cancel()
        return False
    ready.result()
    return True


def _announce(output: Output, stack: Stack) -> None:
    output.say(
        f"popcon is ready: {stack.addresses.url}  (its API: {stack.addresses.url}/v1/openapi.json)", "bold green"
    )
    output.say("gRPC: " + ", ".join(f"{name} {address}" for name, address in stack.addresses.grpc.items()))
    output.say("Ctrl-C stops it.")
