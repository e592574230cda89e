"""One process of the stack: started in its own session, its output read line by line, ended with all its children."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable

from popcon.stack import leash
from popcon.stack.programs import Program

_LINE_MAX_BYTES = 256 * 1024
_CHUNK_BYTES = 64 * 1024


class Process:
    """A running program. It leads its own group, so a Ctrl-C in the terminal reaches only the supervisor."""

    def __init__(self, inner: asyncio.subprocess.Process, output: int, on_line: Callable[[str], None]) -> None:
        self._inner = inner
        self._reading = asyncio.create_task(_read(output, on_line))

    @classmethod
    async def start(cls, program: Program, on_line: Callable[[str], None]) -> "Process":
        """Starts a program; `on_line` gets each line that it writes to stdout or stderr."""
        # A pipe of our own: with asyncio's, `wait` would also wait for whoever else still holds it.
        output, input_ = os.pipe()
        try:
            inner = await asyncio.create_subprocess_exec(
                *leash.command(program.argv),
                # The user's own variables reach the services, for settings that the stack need not choose.
                env={**program.defaults, **os.environ, **program.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=input_,
                stderr=input_,
                start_new_session=True,
            )
        except BaseException:
            os.close(output)
            raise
        finally:
            os.close(input_)
        return cls(inner, output, on_line)

    @property
    def pid(self) -> int:
        """Its process id, and that of its group."""
        return self._inner.pid

    async def wait(self) -> int:
        """Its exit code, negative for a signal. What it started itself and left behind is killed first."""
        code = await self._inner.wait()
        self._signal_group(signal.SIGKILL)
        # Somebody who left the group may still hold the pipe.
        await asyncio.wait([self._reading], timeout=1)
        self._reading.cancel()
        await asyncio.wait([self._reading])
        return code

    def send(self, number: int) -> None:
        """Sends a signal: those that cannot be refused to its whole group, others to it alone."""
        if number in {signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT}:
            self._signal_group(number)
        else:
            with contextlib.suppress(ProcessLookupError):
                self._inner.send_signal(number)

    def terminate(self) -> None:
        """Asks it to stop, also when it is suspended."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)

    def _signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._inner.pid, number)


async def _read(output: int, on_line: Callable[[str], None]) -> None:
    """Reads a pipe to its end and closes it."""
    reader = asyncio.StreamReader(limit=_CHUNK_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(output, "rb", 0)
    )
    rest = b""
    try:
        while chunk := await reader.read(_CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > _LINE_MAX_BYTES:
                lines.append(rest)
                rest = b""
            for line in lines:
                on_line(line.decode(errors="replace"))
        if rest:
            on_line(rest.decode(errors="replace"))
    finally:
        transport.close()


def describe_exit(code: int) -> str:
    """`exit code 3`, or the name of the signal."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
