"""Artifacts in a folder.

The artifact `a/b.png` is the folder `a/b.png@` with the file `b.png` and its description `@artifact.json`. It is
written under `@new/`, synced, and published by one rename of that folder. So description and bytes appear together or
not at all, and the rename refuses to replace what is there: a folder that is not empty. `@` is in no key, so nothing
clashes.
"""

import contextlib
import errno
import json
import os
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from popcon import errors
from popcon.storage import flow, keys
from popcon.storage.base import (
    CHUNK_BYTES,
    LEFTOVER_AGE_S,
    Artifact,
    Data,
    Entry,
    check_media_type,
    damaged,
    not_found,
    settle,
)

NEW = "@new"
DESCRIPTION = "@artifact.json"
THREADS = 8
PAGE = 500


class FileStore:
    """`ArtifactStore` on a folder; any number of processes may share it."""

    def __init__(self, root: Path) -> None:
        with _translated():
            root.mkdir(parents=True, exist_ok=True)
            self._root = root.resolve(strict=True)
            self._new = self._root / NEW
            self._new.mkdir(exist_ok=True)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="file-store")

    async def put(self, key: str, data: Data, media_type: str) -> Artifact:
        keys.check(key)
        check_media_type(media_type)
        file = await flow.call(self._pool, self._begin, key)
        try:
            offered = await flow.take(self._pool, file, key, data, media_type)
        except BaseException:
            await flow.call(self._pool, _discard, file)
            raise
        # From here the thread alone owns the new folder: a cancelled caller must not pull it away under the rename.
        return await flow.call(self._pool, self._finish, file, offered)

    async def get(self, key: str) -> bytes:
        return b"".join([piece async for piece in self.stream(key)])

    async def stream(self, key: str, chunk_bytes: int = CHUNK_BYTES) -> AsyncIterator[bytes]:
        artifact, file = await flow.call(self._pool, self._open, keys.check(key))
        with file:
            async for piece in flow.give(self._pool, artifact, file.read, chunk_bytes):
                yield piece

    async def stat(self, key: str) -> Artifact | None:
        return await flow.call(self._pool, self._stat, keys.check(key))

    async def list(self, prefix: str) -> AsyncIterator[Entry]:
        found = self._walk(keys.check(prefix))
        while page := await flow.call(self._pool, lambda: list(islice(found, PAGE))):
            for entry in page:
                yield entry

    async def delete(self, key: str) -> None:
        await flow.call(self._pool, self._remove, keys.check(key))

    async def sweep(self, older_than_s: float = LEFTOVER_AGE_S) -> int:
        return await flow.call(self._pool, _sweep, self._new, older_than_s)

    async def presign(self, key: str, seconds: int) -> str | None:  # noqa: ARG002 (the protocol's)
        keys.check(key)
        return None

    async def close(self) -> None:
        self._pool.shutdown(wait=False)

    def _begin(self, key: str) -> BinaryIO:
        name = _name(self._place(key))
        with _translated():
            folder = self._new / uuid.uuid4().hex
            folder.mkdir()
            return (folder / name).open("xb")

    def _finish(self, file: BinaryIO, offered: Artifact) -> Artifact:
        target = self._place(offered.key)
        try:
            with _translated():
                if not target.exists() and _publish(file, offered, target):
                    return offered
        finally:
            _discard(file)
        existing = _describe(target, offered.key)
        if existing is None:  # another writer was first, and what it wrote is deleted already
            raise not_found(offered.key)
        return settle(existing, offered)

    def _stat(self, key: str) -> Artifact | None:
        return _describe(self._place(key), key)

    def _open(self, key: str) -> tuple[Artifact, BinaryIO]:
        folder = self._place(key)
        artifact = _describe(folder, key)
        if artifact is None:
            raise not_found(key)
        with _translated():
            try:
                return artifact, (folder / _name(folder)).open("rb")
            except FileNotFoundError:  # lost, or deleted since
                raise damaged(key) if folder.exists() else not_found(key) from None

    def _walk(self, prefix: str) -> Iterator[Entry]:
        yield from _walk(self._inside(self._root / prefix), prefix)

    def _remove(self, key: str) -> None:
        for path in (self._place(key), self._inside(self._root / key)):
            doomed = self._new / uuid.uuid4().hex
            with _translated(), contextlib.suppress(FileNotFoundError):
                path.rename(doomed)  # gone at once, and whole
                _sync(path.parent)
            shutil.rmtree(doomed, ignore_errors=True)

    def _place(self, key: str) -> Path:
        path = self._root / key
        folder = path.with_name(path.name + "@")
        self._inside(folder / path.name)
        return folder

    def _inside(self, path: Path) -> Path:
        if os.path.realpath(path) != str(path):
            raise errors.ArtifactDamaged(
                f"A symbolic link is in the way of {path}; remove it from the artifact folder."
            )
        return path


def _publish(file: BinaryIO, artifact: Artifact, target: Path) -> bool:
    """Makes the folder of `file` the artifact, to stay through a power cut; False where another writer was first."""
    new = Path(file.name).parent
    description = {"media_type": artifact.media_type, "sha256": artifact.sha256, "size": artifact.size}
    with (new / DESCRIPTION).open("x") as text:
        json.dump(description, text)
        text.flush()
        os.fsync(text.fileno())
    os.fsync(file.fileno())
    _sync(new)
    _make_folder(target.parent)
    try:
        new.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    _sync(target.parent)
    return True


def _describe(folder: Path, key: str) -> Artifact | None:
    with _translated():
        try:
            text = (folder / DESCRIPTION).read_bytes()
        except FileNotFoundError:
            if folder.exists():
                raise damaged(key) from None
            return None
    try:
        fields = json.loads(text)
        return Artifact(key, int(fields["size"]), str(fields["sha256"]), str(fields["media_type"]))
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(key) from error


def _walk(folder: Path, prefix: str) -> Iterator[Entry]:
    for name in _names(folder):
        if name.endswith("/"):
            yield from _walk(folder / name, f"{prefix}/{name[:-1]}")
            continue
        try:
            about = (folder / f"{name}@" / name).stat()
        except FileNotFoundError:  # deleted since
            continue
        yield Entry(f"{prefix}/{name}", about.st_size, about.st_mtime)


def _names(folder: Path) -> list[str]:
    """Artifacts, and folders with a `/` behind: sorted like this, a walk meets the keys in their own order."""
    with _translated(), contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        folders = [entry.name for entry in found if entry.is_dir(follow_symlinks=False)]
        return sorted(name[:-1] if name.endswith("@") else f"{name}/" for name in folders)
    return []


def _name(folder: Path) -> str:
    return folder.name.removesuffix("@")


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    """A new name is only safe from a power cut once its folder is synced."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _discard(file: BinaryIO) -> None:
    with contextlib.suppress(OSError):
        file.close()
    shutil.rmtree(Path(file.name).parent, ignore_errors=True)


def _sweep(new: Path, older_than_s: float) -> int:
    removed = 0
    with _translated():
        for leftover in new.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - leftover.stat().st_mtime > older_than_s:
                    shutil.rmtree(leftover, ignore_errors=True)
                    removed += 1
    return removed


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.Unavailable(
            f"The artifact folder cannot be used ({error}); check disk and permissions."
        ) from error
