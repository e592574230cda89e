"""Shared memory between this process and a Triton on the same host, so that pixels need not travel through a socket."""

import asyncio
import contextlib
import itertools
import mmap
import os
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from popcon.errors import Overloaded
from popcon.telemetry import log

FOLDER = Path("/dev/shm")  # noqa: S108 - where the server looks for shared memory by name
PREFIX = "popcon-"
MIN_BYTES = 1 << 20
IDLE_MAX_BYTES = 256 << 20
"""What is kept for later calls, in all."""

_GIVE_UP_S = 60.0
_CLOSE_WITHIN_S = 5.0


class NoSharedMemory(Exception):
    """There is none to be had; send the pixels instead."""


class Region:
    """A piece of memory. Its file is there only for as long as somebody has to find it: what is no longer mapped
    anywhere is gone, however its users ended."""

    def __init__(self, name: str, size: int) -> None:
        self.name, self.size = name, size
        self._memory: mmap.mmap

    @contextlib.contextmanager
    def findable(self) -> Iterator[None]:
        """Maps the memory; within the block others can, too. Raises `OSError` where there is not enough of it."""
        path = FOLDER / self.name
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            # Without it a full /dev/shm would end the process at the first write.
            os.posix_fallocate(descriptor, 0, self.size)
            self._memory = mmap.mmap(descriptor, self.size)
            yield
        finally:
            os.close(descriptor)
            path.unlink()

    def array(self, offset: int, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """A view on a part of it."""
        return np.ndarray(shape, dtype, self._memory, offset)


class Memory:
    """The regions that one client shares with one server."""

    def __init__(self, client: InferenceServerClient, *, usable: bool) -> None:
        self._client, self._usable = client, usable
        self._owner = f"{PREFIX}{uuid.uuid4().hex}"
        self._numbers = itertools.count()
        self._idle: list[Region] = []
        self._leaving: set[asyncio.Task[None]] = set()
        self._alive: socket.socket | None = None

    @contextlib.asynccontextmanager
    async def lease(self, size: int, timeout_s: float) -> AsyncIterator[Region]:
        """A region of `size` bytes or more, nobody else's within the block.

        Raises:
            NoSharedMemory: there is none to be had.
            InferenceServerException: the server does not answer.
        """
        region = self._take(size) or await self._make(size, timeout_s)
        try:
            yield region
        except Overloaded:  # the server did not even look at it
            self._put_back(region)
            raise
        except BaseException:
            # The server may still read or write it.
            self._let_go(region.name)
            raise
        self._put_back(region)

    async def sweep(self) -> None:
        """Makes the server let go of regions whose owners, on this host, ended without a word."""
        if not self._usable:
            return
        try:
            status = await self._client.get_system_shared_memory_status()
        except InferenceServerException:
            return  # it shares none
        for name in status.regions:
            owner = name.rpartition(".")[0]
            if owner.startswith(PREFIX) and not _is_alive(owner):
                self._let_go(name)

    def forget(self) -> None:
        """Drops all idle regions, of which a new server knows nothing."""
        self._idle.clear()

    async def close(self) -> None:
        """Makes the server let go of everything. Nothing may be on lease."""
        for region in self._idle:
            self._let_go(region.name)
        self._idle.clear()
        if self._leaving:
            _, late = await asyncio.wait(self._leaving, timeout=_CLOSE_WITHIN_S)
            for task in late:
                task.cancel()
        if self._alive:
            self._alive.close()

    def _take(self, size: int) -> Region | None:
        fitting = [region for region in self._idle if region.size >= size]
        if not fitting:
            return None
        region = min(fitting, key=lambda each: each.size)
        self._idle.remove(region)
        return region

    async def _make(self, size: int, timeout_s: float) -> Region:
        if not self._usable:
            raise NoSharedMemory
        # Powers of two, so that pictures of nearly the same size share regions.
        region = Region(f"{self._owner}.{next(self._numbers)}", 1 << (max(size, MIN_BYTES) - 1).bit_length())
        try:
            # A name that goes when the process goes: how others see that this owner is alive.
            self._alive = self._alive or _named_socket(self._owner)
            with region.findable():
                await self._register(region, timeout_s)
        except OSError as error:
            log.warning("shared memory is short", bytes=region.size, reason=str(error))
            raise NoSharedMemory from error
        except asyncio.CancelledError:
            self._let_go(region.name)  # it may have been registered all the same
            raise
        return region

    async def _register(self, region: Region, timeout_s: float) -> None:
        try:
            await self._client.register_system_shared_memory(
                region.name, f"/{region.name}", region.size, client_timeout=timeout_s
            )
        except InferenceServerException as error:
            self._let_go(region.name)
            if error.status() in ("StatusCode.UNAVAILABLE", "StatusCode.DEADLINE_EXCEEDED"):
                raise
            # At a loopback address, but in a container with a /dev/shm of its own, say.
            log.info("no shared memory with triton", reason=error.message())
            self._usable = False
            raise NoSharedMemory from error

    def _put_back(self, region: Region) -> None:
        self._idle.append(region)
        while sum(each.size for each in self._idle) > IDLE_MAX_BYTES:
            self._let_go(self._idle.pop(0).name)

    def _let_go(self, name: str) -> None:
        task = asyncio.create_task(self._unregister(name))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _unregister(self, name: str) -> None:
        """Asks until the server agrees: it does not while a request uses the region."""
        give_up = asyncio.get_running_loop().time() + _GIVE_UP_S
        delay = 0.02
        while asyncio.get_running_loop().time() < give_up:
            try:
                await self._client.unregister_system_shared_memory(name, client_timeout=_CLOSE_WITHIN_S)
                return
            except InferenceServerException as error:
                if error.status() == "StatusCode.UNAVAILABLE":
                    return  # with the server went its mapping
            await asyncio.sleep(delay)
            delay = min(2 * delay, 1.0)


def _named_socket(owner: str) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        made.bind(f"\0{owner}")
    except OSError:
        made.close()
        raise
    return made


def _is_alive(owner: str) -> bool:
    try:
        _named_socket(owner).close()
    except OSError:
        return True
    return False
