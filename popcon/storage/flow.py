"""Bytes on their way in and out: counted, hashed, and never more than a piece of them held."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import IO, ParamSpec, TypeVar

from popcon import errors
from popcon.storage.base import CHUNK_BYTES, Artifact, Data, damaged

P = ParamSpec("P")
T = TypeVar("T")


async def call(pool: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs blocking work on a store's own threads, so that a slow store holds up nobody else's."""
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: function(*args, **kwargs))


async def take(pool: Executor, sink: IO[bytes], key: str, data: Data, media_type: str) -> Artifact:
    """Writes `data` to `sink`, flushed but not synced, and tells what artifact it is.

    Raises `errors.Unavailable` where `sink` takes no more; what reading `data` raises passes through.
    """
    tally = _Tally(sink)
    if isinstance(data, bytes):
        await call(pool, tally.add, data)
    elif isinstance(data, Path):
        await call(pool, tally.add_all, _pieces(data))
    else:
        async for chunk in data:
            await call(pool, tally.add, chunk)
    await call(pool, tally.flush)
    return Artifact(key, tally.size, tally.sha256.hexdigest(), media_type)


async def give(
    pool: Executor, artifact: Artifact, read: Callable[[int], bytes], chunk_bytes: int
) -> AsyncIterator[bytes]:
    """What `read` gives until it gives nothing, in pieces.

    Raises `errors.ArtifactDamaged` in place of the last piece where the digest of the whole is wrong.
    """
    digest = hashlib.sha256()

    def next_piece() -> bytes:
        piece = read(chunk_bytes)
        digest.update(piece)
        return piece

    held = b""
    while piece := await call(pool, next_piece):
        if held:
            yield held
        held = piece
    if digest.hexdigest() != artifact.sha256:
        raise damaged(artifact.key)
    if held:
        yield held


class _Tally:
    """A file being written, with the size and digest of what went in."""

    def __init__(self, sink: IO[bytes]) -> None:
        self.sink = sink
        self.size = 0
        self.sha256 = hashlib.sha256()

    def add(self, chunk: bytes) -> None:
        with _writing():
            self.sink.write(chunk)
        self.sha256.update(chunk)
        self.size += len(chunk)

    def add_all(self, chunks: Iterator[bytes]) -> None:
        for chunk in chunks:
            self.add(chunk)

    def flush(self) -> None:
        with _writing():
            self.sink.flush()


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.Unavailable(f"The artifact cannot be written ({error}); make room and try again.") from error


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
