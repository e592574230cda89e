"""What every artifact store promises, whatever is behind it. One contract test holds both to this file."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from popcon import errors

Data = bytes | Path | AsyncIterator[bytes]
"""What can be put: bytes, a file, or chunks as they arrive."""

CHUNK_BYTES = 1 << 20
"""Files are read, hashed and streamed in pieces of this size."""

LEFTOVER_AGE_S = 86_400
"""No put takes a day: what is older and not published was left by a process that was killed."""

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,62}/[a-z0-9][a-z0-9.+-]{0,62}")


@dataclass(frozen=True)
class Artifact:
    """A stored file. `size`: bytes. `sha256`: of those bytes, 64 lower-case hex digits. `media_type`: as image/png."""

    key: str
    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True)
class Entry:
    """A line of a listing; `stat` tells the rest. `size`: bytes. `written_at`: seconds since 1970, by the store's
    clock."""

    key: str
    size: int
    written_at: float


@dataclass(frozen=True)
class S3Settings:
    """How to reach an S3 server. `endpoint`: its URL, "" for AWS itself. `attempts`: tries per request, with growing
    pauses of random length between them, none of which begins later than `patience_s` after the first try. The timeouts
    are per try."""

    endpoint: str
    region: str
    access_key: str
    secret_key: SecretStr
    attempts: int = 4
    connect_timeout_s: float = 5
    read_timeout_s: float = 30
    patience_s: float = 60


class ArtifactStore(Protocol):
    """Immutable files under keys (`popcon.storage.keys`). Any number of processes may share a store.

    Every method raises `errors.InvalidRequest` for a malformed key, `errors.Unavailable` where the store does not
    answer and `errors.Overloaded` where it asks to slow down. None blocks the event loop.
    """

    async def put(self, key: str, data: Data, media_type: str) -> Artifact:
        """Stores `data` whole or not at all. The same content under the same key again is a no-op with the same answer.

        Raises `errors.WrongState` where the key exists with other content (bytes or media type).
        """
        ...

    async def get(self, key: str) -> bytes:
        """All bytes. Raises `errors.NotFound`, and `errors.ArtifactDamaged` where they are not what was put."""
        ...

    def stream(self, key: str, chunk_bytes: int = CHUNK_BYTES) -> AsyncIterator[bytes]:
        """The bytes in pieces of at most `chunk_bytes`. Raises as `get`; a damaged artifact raises in place of its last
        piece, so that nobody receives one whole and takes it for good."""
        ...

    async def stat(self, key: str) -> Artifact | None:
        """What is known of an artifact without reading it; None where there is none."""
        ...

    def list(self, prefix: str) -> AsyncIterator[Entry]:
        """All artifacts below `prefix/`, in the order of their keys. Whole names only: `…/1` does not find `…/10/x`."""
        ...

    async def delete(self, key: str) -> None:
        """Removes the artifact with this key, if there is one, and all below `key/`. Nothing left is no error."""
        ...

    async def sweep(self, older_than_s: float = LEFTOVER_AGE_S) -> int:
        """Removes what puts that never ended left behind, where it is older than that; answers how many there were.

        No key ever showed any of it. Anybody may call this at any time.
        """
        ...

    async def presign(self, key: str, seconds: int) -> str | None:
        """A URL that anybody can read the artifact from for `seconds`; None where the store has no such thing."""
        ...

    async def close(self) -> None:
        """Lets go of connections and threads; the store cannot be used after."""
        ...


def check_media_type(media_type: str) -> None:
    """Raises `errors.InvalidRequest` unless it is a plain lower-case `type/subtype`."""
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise errors.InvalidRequest(
            f"{media_type!r} is not a media type; write one like image/png.", field="media_type"
        )


def settle(existing: Artifact, offered: Artifact) -> Artifact:
    """The answer of a put to a key that exists. Raises `errors.WrongState` where the content differs."""
    if existing != offered:
        raise errors.WrongState(
            f"The key {offered.key} exists with other content; artifacts never change: take a new key."
        )
    return existing


def not_found(key: str) -> errors.NotFound:
    return errors.NotFound(f"There is no artifact {key}; it was deleted or never written.")


def damaged(key: str) -> errors.ArtifactDamaged:
    return errors.ArtifactDamaged(f"The artifact {key} is not what was stored; make it again by a new run.")
