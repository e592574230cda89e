"""Many small files of a run, written a few at a time, and the masks of an edit."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from popcon.v1 import runs_pb2
from popcon.worker.work import Work

AT_ONCE = 8
MEDIA_TYPES = {
    ".png": "image/png",
    ".json": "application/json",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".html": "text/html",
    ".webm": "video/webm",
}


async def put_all(work: Work, files: Mapping[str, bytes], folder: str = "") -> None:
    """Writes outputs by name, below a folder of the run where one is named; media types follow the names."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def put(name: str, data: bytes) -> None:
        async with limit:
            await work.put(f"{folder}/{name}" if folder else name, data, MEDIA_TYPES[PurePosixPath(name).suffix])

    try:
        async with asyncio.TaskGroup() as group:
            for name, data in files.items():
                group.create_task(put(name, data))
    except ExceptionGroup as several:
        raise several.exceptions[0] from several  # the others failed for the same reason


async def masks(work: Work, operations: Sequence[runs_pb2.Operation]) -> dict[str, bytes]:
    """The masks that operations name, by key."""
    return {key: await work.store.get(key) for key in {operation.mask for operation in operations if operation.mask}}
