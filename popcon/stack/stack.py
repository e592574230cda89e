"""All of popcon on one machine, as one object."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from types import TracebackType
from typing import Self

import httpx

from popcon import errors
from popcon.stack import lines, programs
from popcon.stack.folder import Folder, Record
from popcon.stack.keeper import Keeper
from popcon.stack.programs import Addresses, Program

_POLL_S = 0.05
_DEATHS_BEFORE_READY = 3

Plan = Callable[[Folder, Addresses, Mapping[str, str]], Sequence[Program]]


class Stack:
    """NATS and every service on one data folder.

    `gateway_port`: 8400 or the next free one where it is None. `env`: added to every service's environment; with
    POPCON_NATS_URL in it, that NATS is used and none started. `show`: called with (service, line) for each line of the
    log. Start it from a thread that lives as long as it (see `leash`).
    """

    def __init__(
        self,
        folder: Folder,
        *,
        gateway_port: int | None = None,
        env: Mapping[str, str] | None = None,
        show: Callable[[str, str], None] | None = None,
        plan: Plan = programs.plan,
    ) -> None:
        self.folder = folder
        self._gateway_port = gateway_port
        self._env = dict(env or {})
        self._show = show
        self._plan = plan
        self._keepers: dict[str, Keeper] = {}
        self._files: dict[str, lines.LogFile] = {}
        self._holding = contextlib.ExitStack()
        self._addresses: Addresses | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.stop()

    @property
    def addresses(self) -> Addresses:
        """Where everything listens, for as long as the stack runs. Raises `WrongState` before `start`."""
        if self._addresses is None:
            raise errors.WrongState("The stack has not been started; call start first.")
        return self._addresses

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        return {name: keeper.pid for name, keeper in self._keepers.items() if keeper.pid is not None}

    async def start(self) -> None:
        """Takes the data folder and starts every process; `wait_ready` tells when they serve.

        Raises `WrongState` when another stack holds the folder, `InvalidRequest` when folder or port cannot be used.
        """
        self.folder.make()
        self._holding.enter_context(self.folder.hold())
        try:
            self.folder.remove_record()
            self._addresses = programs.choose_addresses(self._gateway_port)
            planned = self._plan(self.folder, self._addresses, self._env)
            self._keepers = {program.name: self._keeper(program) for program in planned}
            await asyncio.gather(*(keeper.start() for keeper in self._keepers.values()))
        except BaseException:
            await self.stop()
            raise

    async def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Returns once every process answers that it is ready; from then on the folder's record tells of the stack.

        Raises `Unavailable` when one keeps dying, `DeadlinePassed` when it takes too long.
        """
        give_up = asyncio.get_running_loop().time() + timeout_s
        waiting = list(self._keepers.values())
        deaths = {keeper.program.name: keeper.deaths for keeper in waiting}
        # Proxy settings are for the world outside this machine.
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            while waiting := [keeper for keeper in waiting if not await _is_ready(client, keeper.program.ready_url)]:
                for keeper in waiting:
                    self._refuse_dying(keeper, deaths[keeper.program.name])
                if asyncio.get_running_loop().time() > give_up:
                    names = ", ".join(keeper.program.name for keeper in waiting)
                    raise errors.DeadlinePassed(f"Not ready after {timeout_s:g} s: {names}; see {self.folder.logs}.")
                await asyncio.sleep(_POLL_S)
        self._write_record(self.addresses)

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Sends a signal to a process; one that dies of it is started again."""
        self._keeper_of(name).send(number)

    async def restart(self, name: str) -> None:
        """Stops a process in order and starts it again at once; returns when the new one runs."""
        await self._keeper_of(name).restart()

    async def stop(self) -> None:
        """Stops everything in order: the gateway, the workers, the orchestrator, NATS. Harmless when repeated."""
        if self._addresses is not None:
            self.folder.remove_record()
        ordered = sorted(self._keepers.values(), key=lambda keeper: -keeper.program.tier)
        for _, tier in groupby(ordered, key=lambda keeper: keeper.program.tier):
            await asyncio.gather(*(keeper.stop() for keeper in tier))
        self._keepers = {}
        self._addresses = None
        for file in self._files.values():
            file.close()
        self._files = {}
        self._holding.close()

    def kill_all(self) -> None:
        """Ends every process now; a `stop` in progress then ends at once too."""
        for keeper in self._keepers.values():
            keeper.kill()

    def _keeper(self, program: Program) -> Keeper:
        return Keeper(program, lambda line: self._log(program.name, line), self._note)

    def _keeper_of(self, name: str) -> Keeper:
        if name not in self._keepers:
            raise errors.NotFound(f"No process of this stack is called {name}; there are {', '.join(self._keepers)}.")
        return self._keepers[name]

    def _refuse_dying(self, keeper: Keeper, before: int) -> None:
        if keeper.deaths - before >= _DEATHS_BEFORE_READY:
            name = keeper.program.name
            raise errors.Unavailable(
                f"{name} does not start: {keeper.last_line[:300]} (see {self.folder.logs / name}.log)."
            )

    def _note(self, message: str, **values: object) -> None:
        self._log("stack", lines.note(message, **values))

    def _log(self, name: str, line: str) -> None:
        if name not in self._files:
            self._files[name] = lines.LogFile(self.folder.logs / f"{name}.log")
        self._files[name].write(line)
        if self._show:
            self._show(name, line)

    def _write_record(self, addresses: Addresses) -> None:
        self.folder.write_record(
            Record(
                gateway=addresses.url,
                ready=f"http://{addresses.http['gateway']}/readyz",
                pid=os.getpid(),
                started_at=datetime.now(UTC).isoformat(),
                services=addresses.grpc,
            )
        )


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
