"""Reads what strangers send in a process of its own, which can do nothing but compute and answer.

Readers of picture and video formats are large C libraries with bugs. A process of the jail is forked from one that has
loaded all it needs; before it sees a stranger's byte it gives up memory, processor time and every further descriptor:
it can open no file and no socket, write nothing and become nobody else. What it answers is bytes, never pickled, so
that whoever takes it over cannot take over who listens.

Libraries import parts of themselves when they first need them, which such a process cannot. It says which part instead,
and another is sent that has it from the start.
"""

import asyncio
import contextlib
import gc
import importlib
import importlib.abc
import json
import multiprocessing
import os
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from popcon import errors

_OK, _REFUSED, _LACKS = b"\x00", b"\x01", b"\x02"
_LIBRARIES = frozenset({"PIL", "av", "cv2", "encodings", "numpy", "popcon", "services"})
_LACKS_AT_MOST = 20
_ANSWER_MAX_BYTES = 1_000_000_000


class _Lacks(Exception):
    """A module has to be there from the start."""


class Escaped(Exception):
    """The process ended without an answer: it took too much time or memory, or it crashed. Says which."""


@dataclass(frozen=True)
class Limits:
    """What a process may take. `memory_bytes`: beyond what it has when it begins. `seconds`: of a processor, and half
    as many again of time."""

    memory_bytes: int
    seconds: int


class Jail:
    """Runs functions; `preload` names the modules that they are in, so that each process has them from the start."""

    def __init__(self, limits: Limits, preload: Sequence[str]) -> None:
        self._limits = limits
        self._context = multiprocessing.get_context("forkserver")
        self._modules: set[str] = set()
        self._context.set_forkserver_preload(["__main__", __name__, *preload])

    async def warm(self) -> None:
        """Has everything loaded that processes are forked with, so that the first is as quick as the others."""
        await self.run(bytes)

    async def run(self, work: Callable[..., bytes], *args: object) -> bytes:
        """What `work(*args)` answers. Raises the `PopconError` that it raised, or `Escaped`."""
        for _ in range(_LACKS_AT_MOST):
            try:
                return await asyncio.to_thread(self._run, work, args)
            except _Lacks as told:
                self._modules.add(str(told))
        raise Escaped("it lacks one module after the other")

    def _run(self, work: Callable[..., bytes], args: Sequence[object]) -> bytes:
        ours, theirs = self._context.Pipe(duplex=False)
        told = (theirs, self._limits, sorted(self._modules), work, args)
        process = self._context.Process(target=_work, args=told, daemon=True)
        try:
            process.start()
            theirs.close()
            return _answer(ours, process, self._limits.seconds * 1.5)
        finally:
            ours.close()
            process.kill()
            process.join()
            process.close()


def _answer(ours: Connection, process: BaseProcess, within_s: float) -> bytes:
    if not ours.poll(within_s):
        raise Escaped(f"it took longer than {within_s:g} s")
    try:
        said = ours.recv_bytes(_ANSWER_MAX_BYTES)
    except (EOFError, OSError):
        process.join(within_s)
        raise Escaped(f"it ended with {process.exitcode}") from None
    if said[:1] == _OK:
        return said[1:]
    if said[:1] == _LACKS and (name := said[1:100].decode(errors="replace")).partition(".")[0] in _LIBRARIES:
        raise _Lacks(name)
    raise _error(said[1:])


def _error(said: bytes) -> errors.PopconError:
    """An error that a process told; nothing that it says is taken for more than text."""
    try:
        told = json.loads(said)
        return errors.by_code(str(told["code"]))(str(told["message"])[:1000], field=str(told["field"])[:100])
    except (ValueError, KeyError, TypeError):
        return errors.Internal("A process of the jail answered nonsense.")


def _work(
    answer: Connection, limits: Limits, modules: Sequence[str], work: Callable[..., bytes], args: Sequence[object]
) -> None:
    gc.disable()
    for name in modules:
        importlib.import_module(name)
    _give_up(limits)
    sys.meta_path.insert(0, _Missing(answer))
    try:
        said = _OK + work(*args)
    except errors.PopconError as error:
        told = {"code": error.code, "message": error.message, "field": error.field}
        said = _REFUSED + json.dumps(told).encode()
    except MemoryError:
        os._exit(137)
    with contextlib.suppress(BrokenPipeError):
        answer.send_bytes(said)


class _Missing(importlib.abc.MetaPathFinder):
    """Ends the process when something is to be imported, and says what."""

    def __init__(self, answer: Connection) -> None:
        self._answer = answer

    def find_spec(self, name: str, *_about: object) -> None:
        self._answer.send_bytes(_LACKS + name.encode())
        os._exit(0)


def _give_up(limits: Limits) -> None:
    has = _address_space()
    for kind, most in (
        (resource.RLIMIT_AS, has + limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),  # what is open stays open; nothing else opens, neither file nor socket
    ):
        resource.setrlimit(kind, (most, most))


def _address_space() -> int:
    """Bytes of address space that this process has; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
