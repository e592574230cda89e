"""Requests with a key of their sender's, as gateways see them: reserved by whoever does one, then its reply, for a day.

A reservation ends by itself, so that nobody waits for a gateway that died. What it did may then be done again: that it
counts once is for the change itself to see to (`replies`, versions, digests).
"""

import sqlalchemy as sa

from popcon import errors
from popcon.v1 import reservations_pb2 as pb
from services.orchestrator import replies, tables
from services.orchestrator.database import Row
from services.orchestrator.tx import Tx

LEASE_MS = 10_000
"""How long a request is left to whoever reserved it: longer than most take, shorter than a client's patience."""
RETRY_AFTER_S = 1

_BOUNDS = {"owner": 64, "route": 120, "key": replies.KEY_MAX_CHARS, "holder": 64}


async def reserve(tx: Tx, request: pb.ReserveRequest) -> pb.Reply | None:
    """The reply kept of a request; None where the caller is to do it. Raises `IdempotencyMismatch`, `InProgress`."""
    kept, asked = tables.reservations, request.reservation
    _check(asked)
    await tx.lock("\n".join((asked.owner, asked.route, asked.key)))
    row = await tx.one(sa.select(kept).where(*_at(asked)))
    if row is not None and row["created_at"] >= tx.now - replies.KEPT_MS:
        _look_at(row, request, tx.now)
        if row["status"] is not None:
            return pb.Reply(status=row["status"], headers=row["headers"], body=row["body"])
    values = {"digest": request.digest[:64], "holder": asked.holder, "lease_until": tx.now + LEASE_MS, "status": None}
    if row is None:
        place = {"owner": asked.owner, "route": asked.route, "key": asked.key}
        tx.insert(kept, {**place, **values, "created_at": tx.now})
    else:
        await tx.write(sa.update(kept).where(*_at(asked)).values(**values, created_at=tx.now))
    return None


async def keep(tx: Tx, asked: pb.Reservation, reply: pb.Reply) -> None:
    """Keeps what was answered, unless somebody else has taken the request over."""
    values = {"status": reply.status, "headers": dict(reply.headers), "body": reply.body}
    await tx.write(sa.update(tables.reservations).where(*_held(asked)).values(**values))


async def give_back(tx: Tx, asked: pb.Reservation) -> None:
    """Forgets a request that came to nothing, so that its key is free."""
    await tx.write(sa.delete(tables.reservations).where(*_held(asked)))


def _look_at(row: Row, request: pb.ReserveRequest, now: int) -> None:
    if row["digest"] != request.digest:
        raise errors.IdempotencyMismatch(replies.MISMATCH)
    is_anothers = row["holder"] != request.reservation.holder and row["lease_until"] > now
    if row["status"] is None and is_anothers:
        raise errors.InProgress(
            "The same request with this idempotency key is still at work; send it again in a moment.",
            retry_after_s=RETRY_AFTER_S,
        )


def _at(asked: pb.Reservation) -> tuple[sa.ColumnElement[bool], ...]:
    kept = tables.reservations
    return kept.c.owner == asked.owner, kept.c.route == asked.route, kept.c.key == asked.key


def _held(asked: pb.Reservation) -> tuple[sa.ColumnElement[bool], ...]:
    kept = tables.reservations
    return *_at(asked), kept.c.holder == asked.holder, kept.c.status.is_(None)


def _check(asked: pb.Reservation) -> None:
    for name, most in _BOUNDS.items():
        if not 0 < len(getattr(asked, name)) <= most:
            raise errors.InvalidRequest(f"A reservation's {name} has 1 to {most} characters.", field=name)
