"""Stored replies: the second time is answered as the first was.

A reply belongs to an owner, a scope (the kind of call and what it acts on) and a key. The digest of the request tells
a repeat from another request under the same key.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar

import sqlalchemy as sa
from google.protobuf.message import Message

from popcon import errors
from services.orchestrator import tables
from services.orchestrator.tx import Tx

M = TypeVar("M", bound=Message)

KEPT_MS = 24 * 3600 * 1000
KEY_MAX_CHARS = 200
MISMATCH = "This idempotency key was used for another request: send a new key, or the same request again."


class Key(NamedTuple):
    """What a reply is kept under."""

    owner: str
    scope: str
    key: str


async def once(
    tx: Tx,
    at: Key,
    request: Message,
    make: Callable[[], Awaitable[M]],
    kind: type[M],
    mismatch: errors.PopconError,
    keep: Callable[[M], bool] = lambda _reply: True,
) -> M:
    """The reply kept at a key, or `make`'s, which is then kept unless `keep` says that there is no need. Raises
    `mismatch` when the kept one answered another request."""
    kept = tables.replies
    # The same call may be made at another orchestrator at this moment: the second then finds the first one's reply.
    await tx.lock("\n".join(at))
    digest = hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()
    where = (kept.c.owner == at.owner, kept.c.scope == at.scope, kept.c.key == at.key)
    row = await tx.one(sa.select(kept).where(*where))
    if row is not None and row["digest"] != digest:
        raise mismatch
    if row is not None:
        return kind.FromString(row["reply"])
    reply = await make()
    if not keep(reply):
        return reply
    values = {**at._asdict(), "digest": digest, "reply": reply.SerializeToString(), "created_at": tx.now}
    tx.insert(kept, values)
    return reply


def check_key(key: str) -> str:
    """A key that a client chose. Raises `InvalidRequest`."""
    if len(key) > KEY_MAX_CHARS:
        raise errors.InvalidRequest(
            f"An idempotency key has at most {KEY_MAX_CHARS} characters.", field="idempotency_key"
        )
    return key
