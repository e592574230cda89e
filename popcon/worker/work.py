"""One attempt at a run, as its handler sees it: what to make, where to read and write, whether to stop.

A handler knows no NATS and no lease. It can be tested with a store in a folder and nothing else.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from popcon import errors, manifest
from popcon.bus import stage_name
from popcon.manifest import Manifest, Output
from popcon.storage import Artifact, ArtifactStore, keys
from popcon.v1 import common_pb2, runs_pb2

T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """What a handler made, besides its files. `thumbnail`: the output that stands for the run. `details`: JSON."""

    backend: str
    takes: int = 1
    model: str = ""
    thumbnail: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class Handler(Protocol):
    """Does the work of a stage. Raises `errors.Stopped` soon after `work.stopping()` turns true."""

    async def handle(self, work: "Work") -> Result: ...


class Work:
    """An assignment with its inputs and outputs."""

    def __init__(self, assignment: runs_pb2.Assignment, store: ArtifactStore) -> None:
        self.assignment = assignment
        self.store = store
        self.fraction = 0.0
        self.outputs: list[Output] = []
        self._stop = threading.Event()
        self._computing: set[asyncio.Future[Any]] = set()
        self._prefix = keys.attempt_prefix(assignment.prefix, assignment.attempt)
        self._began = time.monotonic()

    def progress(self, fraction: float) -> None:
        """Says how far the work is, 0..1. May be called from any thread."""
        self.fraction = max(self.fraction, min(fraction, 1.0))

    def stop(self) -> None:
        """Asks the handler to stop."""
        self._stop.set()

    def stopping(self) -> bool:
        """Whether the work is no longer wanted. May be called from any thread."""
        return self._stop.is_set()

    def check(self) -> None:
        """Raises `Stopped` when the work is no longer wanted."""
        if self.stopping():
            raise errors.Stopped("The work is no longer wanted.")

    async def compute(self, function: Callable[..., T], *arguments: Any) -> T:
        """Runs a blocking function in a thread, so that heartbeats go on. Pixels belong in here."""
        self.check()
        computing = asyncio.get_running_loop().run_in_executor(None, partial(copy_context().run, function, *arguments))
        self._computing.add(computing)
        computing.add_done_callback(self._computing.discard)
        # Shielded: a thread cannot be cancelled, and `ended` must be able to wait for it.
        return await asyncio.shield(computing)

    async def ended(self) -> None:
        """Returns when nothing of this work computes any more."""
        if self._computing:
            await asyncio.wait(self._computing)

    async def put(self, name: str, data: bytes, media_type: str) -> Output:
        """Writes an output of this attempt. `name`: its place inside the run."""
        self.check()
        stored = await self.store.put(keys.join(self._prefix, *name.split("/")), data, media_type)
        output = Output.of(name, stored)
        self.outputs.append(output)
        return output

    async def manifest_of(self, artifact: common_pb2.Artifact) -> Manifest:
        """The manifest of an input run. Raises `ArtifactDamaged` when it is not the one that was selected."""
        data = await self.store.get(artifact.key)
        found = manifest.parse(data)
        stored = await self.store.stat(artifact.key)
        if stored is None or stored.sha256 != artifact.sha256:
            raise errors.ArtifactDamaged("An input's manifest is not the one that was selected; make the input again.")
        return found

    async def read_all(self, source: Manifest, wanted: Callable[[str], bool]) -> dict[str, bytes]:
        """The outputs of an input run whose names are wanted, by name."""
        return {output.name: await self.store.get(output.key) for output in source.outputs if wanted(output.name)}

    async def earlier(self) -> tuple[Artifact, Manifest] | None:
        """The manifest of an earlier attempt that made everything but could not say so."""
        for attempt in range(self.assignment.attempt - 1, 0, -1):
            key = keys.join(keys.attempt_prefix(self.assignment.prefix, attempt), manifest.NAME)
            with contextlib.suppress(errors.ArtifactDamaged):  # what cannot be read was not made
                stored = await self.store.stat(key)
                if stored is not None:
                    return stored, manifest.parse(await self.store.get(key))
        return None

    async def finish(self, result: Result) -> tuple[Artifact, Manifest]:
        """Writes the manifest, after everything else."""
        written = Manifest(
            run_id=self.assignment.run_id,
            attempt=self.assignment.attempt,
            stage=stage_name(self.assignment.stage),
            backend=result.backend,
            model=result.model,
            seed=self.assignment.seed,
            takes=result.takes,
            thumbnail=result.thumbnail,
            seconds=time.monotonic() - self._began,
            outputs=tuple(self.outputs),
            details=result.details,
        )
        self.check()
        data = written.model_dump_json(indent=1).encode()
        stored = await self.store.put(keys.join(self._prefix, manifest.NAME), data, manifest.MEDIA_TYPE)
        return stored, written
