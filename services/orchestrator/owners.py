"""Owners: their weight, and limits that are not the defaults."""

import math
import re

import sqlalchemy as sa

from popcon import errors
from popcon.v1 import owners_pb2 as pb
from services.orchestrator import audit, tables
from services.orchestrator.database import Row
from services.orchestrator.rules.quota import Quota
from services.orchestrator.tx import Tx

WEIGHT_MAX = 100
DEFAULT = -1
_OWNER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MOST = {
    "requests_per_s": 10_000,
    "jobs_in_flight": 1_000_000,
    "worker_seconds_per_day": 10**9,
    "stored_bytes": 10**18,
}
LIMITS = [tables.owners.c[name] for name in _MOST]
"""Columns that `in_force` reads."""

_RATE_LEAST = 0.01
"""Slower than one request in 100 s is not slow, it is off."""


def check(owner: str) -> None:
    """Raises `InvalidRequest` for what can be no owner."""
    if not _OWNER.fullmatch(owner):
        raise errors.InvalidRequest(
            "An owner is 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit.", field="owner"
        )


async def quota(tx: Tx, owner: str, defaults: Quota) -> Quota:
    """The limits in force for an owner."""
    return in_force(await _row(tx, owner), defaults)


async def get(tx: Tx, owner: str, defaults: Quota) -> pb.Owner:
    """What holds for an owner."""
    return _message(owner, await _row(tx, owner), defaults)


async def set_(tx: Tx, request: pb.SetOwnerRequest, defaults: Quota) -> pb.Owner:
    """Changes what a request names. Raises `InvalidRequest`."""
    check(request.owner)
    values = _values(request)
    known = await tx.locked(_query(request.owner).with_for_update())
    if known is None:
        tx.insert(tables.owners, {"owner": request.owner, "weight": 1, "created_at": tx.now, **values})
    elif values:
        await tx.write(sa.update(tables.owners).where(tables.owners.c.owner == request.owner).values(**values))
    if values:
        audit.note(tx, request.owner, "owner.changed", request.owner, values)
    return await get(tx, request.owner, defaults)


def limits(found: Quota) -> pb.Limits:
    """Limits in force as a message."""
    return pb.Limits(**{name: getattr(found, name) for name in _MOST})


def _values(request: pb.SetOwnerRequest) -> Row:
    values: Row = {}
    if request.HasField("weight"):
        if not 1 <= request.weight <= WEIGHT_MAX:
            raise errors.InvalidRequest(f"A weight is 1 to {WEIGHT_MAX}.", field="weight")
        values["weight"] = request.weight
    for field, limit in request.exceptions.ListFields():
        values[field.name] = None if limit == DEFAULT else _checked(field.name, limit)
    return values


def _checked(name: str, limit: float) -> float:
    """Raises `InvalidRequest`."""
    if not math.isfinite(limit) or not 0 <= limit <= _MOST[name]:
        raise errors.InvalidRequest(f"{name} is 0 (no limit) to {_MOST[name]:,}.", field=name)
    if name == "requests_per_s" and 0 < limit < _RATE_LEAST:
        raise errors.InvalidRequest(f"{name} is 0 (no limit) or at least {_RATE_LEAST}.", field=name)
    return limit


def _message(owner: str, row: Row, defaults: Quota) -> pb.Owner:
    own = {name: row[name] for name in _MOST if row.get(name) is not None}
    return pb.Owner(
        id=owner,
        weight=row.get("weight", 1),
        limits=limits(in_force(row, defaults)),
        exceptions=pb.Limits(**own),
    )


def in_force(row: Row, defaults: Quota) -> Quota:
    """The limits in force, from a row that has those of an owner: empty ones are the defaults."""
    return Quota(**{name: getattr(defaults, name) if row.get(name) is None else row[name] for name in _MOST})


async def _row(tx: Tx, owner: str) -> Row:
    """Empty for an owner of whom nothing was ever set."""
    return await tx.one(_query(owner)) or {}


def _query(owner: str) -> sa.Select[tuple[str]]:
    return sa.select(tables.owners).where(tables.owners.c.owner == owner)
