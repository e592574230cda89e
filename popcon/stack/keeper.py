"""Keeps one program running: starts it again when it dies, later each time that it dies young."""

import asyncio
import contextlib
import signal
from collections.abc import Callable

from popcon.stack.processes import Process, describe_exit
from popcon.stack.programs import Program

FIRST_DELAY_S = 0.5
MAX_DELAY_S = 10.0
HEALTHY_S = 30.0
"""A program that lived this long starts again after the first delay."""
_SLACK_S = 2.0


class Keeper:
    """One program and its current process. `on_line` gets its output, `note` what the keeper has to say about it."""

    def __init__(self, program: Program, on_line: Callable[[str], None], note: Callable[..., None]) -> None:
        self.program = program
        self.deaths = 0
        self.last_line = ""
        self._on_line = on_line
        self._note = note
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._end = asyncio.Event()
        self._started = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The pid of its process; None while there is none."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Starts the program and returns once there is a process."""
        self._task = asyncio.create_task(self._keep(), name=f"keep {self.program.name}")
        await self._until_started()

    async def restart(self) -> None:
        """Stops the program as on SIGTERM, starts it at once and returns when the new process runs."""
        self._started.clear()
        self._end.set()
        await self._until_started()

    def send(self, number: int) -> None:
        """Sends a signal to its process; nothing where there is none."""
        if self._process:
            self._process.send(number)

    async def stop(self) -> None:
        """Stops the program for good: SIGTERM, its grace, SIGKILL. Harmless when repeated or never started."""
        self._stopping = True
        self._end.set()
        if self._task:
            await self._task

    def kill(self) -> None:
        """Ends the program for good, now."""
        self._stopping = True
        self._end.set()
        self.send(signal.SIGKILL)

    async def _until_started(self) -> None:
        assert self._task is not None
        waiting = asyncio.create_task(self._started.wait())
        await asyncio.wait([waiting, self._task], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._task.done():
            self._task.result()

    async def _keep(self) -> None:
        delay = FIRST_DELAY_S
        while not self._stopping:
            self._end.clear()
            self._process = await Process.start(self.program, self._hear)
            if not self._end.is_set():
                self._started.set()
            life_s, code = await self._until_end(self._process)
            self._process = None
            if self._end.is_set():
                continue
            self.deaths += 1
            if life_s >= HEALTHY_S:
                delay = FIRST_DELAY_S
            self._note(f"ended ({describe_exit(code)}), starts again in {delay:g} s", service=self.program.name)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._end.wait()
            delay = min(delay * 2, MAX_DELAY_S)

    async def _until_end(self, process: Process) -> tuple[float, int]:
        """Waits until it ends, or ends it when that is asked for: how long it lived, and its exit code."""
        clock = asyncio.get_running_loop().time
        born = clock()
        exit_ = asyncio.create_task(process.wait())
        asked = asyncio.create_task(self._end.wait())
        await asyncio.wait([exit_, asked], return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not exit_.done():
            process.terminate()
            await asyncio.wait([exit_], timeout=self.program.grace_s + _SLACK_S)
        if not exit_.done():
            self._note("did not stop in time and is killed", service=self.program.name)
            process.send(signal.SIGKILL)
        code = await exit_
        return clock() - born, code

    def _hear(self, line: str) -> None:
        if line.strip():
            self.last_line = line.strip()
        self._on_line(line)
