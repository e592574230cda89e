"""A handler that makes nothing, after a while: for measuring and breaking the spine alone.

`python -m popcon.worker.noop` works on every stage with it.
"""

import asyncio
import os
import signal

from pydantic import Field

from popcon import server
from popcon.bus import STAGES
from popcon.config import open_store
from popcon.worker import service
from popcon.worker.settings import WorkerSettings
from popcon.worker.work import Result, Work

_STEP_S = 0.02


class NoopSettings(WorkerSettings):
    noop_s: float = Field(0.0, ge=0, description="seconds that each run pretends to take")
    noop_poison: str = Field("", description="an action prompt that kills the process, as a bad input may; empty: none")


class Noop:
    """Writes one small output. A run that packs or assembles looks like a real one to the orchestrator.

    A start frame with the action prompt `poison` ends the process as a crash in native code would."""

    def __init__(self, seconds: float, poison: str = "") -> None:
        self._seconds = seconds
        self._poison = poison

    async def handle(self, work: Work) -> Result:
        if self._poison and work.assignment.startframe.direction.action_prompt == self._poison:
            os.kill(os.getpid(), signal.SIGKILL)
        left = self._seconds
        while left > 0:
            work.check()
            await asyncio.sleep(min(left, _STEP_S))
            left -= _STEP_S
            work.progress(1 - max(left, 0) / self._seconds)
        is_set = work.assignment.HasField("assemble")
        name, kind = ("set.zip", "application/zip") if is_set else ("nothing.txt", "text/plain")
        await work.put(name, f"{work.assignment.run_id}\n".encode(), kind)
        takes = work.assignment.startframe.takes or 1
        return Result(backend="noop", takes=takes, thumbnail=name, details={"zip": name, "breaches": []})


async def serve(settings: NoopSettings, process: server.Service) -> None:
    handlers = dict.fromkeys(STAGES, Noop(settings.noop_s, settings.noop_poison))
    await service.serve(settings, process, open_store(settings), handlers, (), lambda _server: None)


if __name__ == "__main__":
    server.run("noop", NoopSettings, serve)
