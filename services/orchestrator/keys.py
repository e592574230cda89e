"""API keys: made and shown once, kept as a keyed digest.

A key is `popcon_<id>_<secret>`: the hex digits of its row's id, then 32 random bytes in base64url. The id finds the
row and is no secret; only HMAC-SHA256 of the secret part, under a key of the orchestrator's settings, is kept. Whoever
reads the database can use no key, and whoever writes to it can make none.
"""

import hashlib
import hmac
import re
import secrets

import sqlalchemy as sa

from popcon import errors, ids
from popcon.v1 import access_pb2 as pb
from services.orchestrator import audit, cursors, owners, tables, views
from services.orchestrator.database import Row
from services.orchestrator.rules.quota import Quota
from services.orchestrator.tx import Tx

SECRET_BYTES = 32
NAME_MAX_CHARS = 100
LIFETIME_MAX_S = 10 * 365 * 86_400
GRACE_MAX_S = 30 * 86_400
PAGE_MAX = 200
SCOPES = ("read", "write", "admin")

_FORM = re.compile(r"popcon_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")
_NOBODYS = "0" * 32
_NO_DIGEST = "0" * 64
_UNKNOWN = "The API key is not known, has expired or was revoked; make another with `popcon keys create`."
_WITH_LIMITS = sa.select(tables.keys, *owners.LIMITS).outerjoin(
    tables.owners, tables.owners.c.owner == tables.keys.c.owner
)


class Keys:
    """Keys whose digests are made under `pepper`, which must stay the same for as long as they are used."""

    def __init__(self, pepper: str) -> None:
        self._pepper = pepper.encode()

    async def authenticate(self, tx: Tx, secret: str, defaults: Quota) -> pb.AuthenticateResponse:
        """Whose a key is, and its owner's limits. `defaults`: of owners without exceptions. Raises `Unauthenticated`,
        after the same look-up whatever is wrong with it."""
        self._check_pepper()
        form = _FORM.fullmatch(secret)
        number, private = form.groups() if form else (_NOBODYS, "")
        row = await tx.one(_WITH_LIMITS.where(tables.keys.c.id == ids.KEY + number))
        kept = row["digest"] if row else _NO_DIGEST
        is_right = hmac.compare_digest(self._digest(private), kept)
        if not row or not is_right or _has_ended(row, tx.now):
            raise errors.Unauthenticated(_UNKNOWN)
        return pb.AuthenticateResponse(key=message(row), limits=owners.limits(owners.in_force(row, defaults)))

    def create(self, tx: Tx, owner: str, name: str, scope: str, lifetime_s: int) -> tuple[pb.Key, str]:
        """A new key and all of it. Raises `InvalidRequest`."""
        self._check_pepper()
        _check(owner, name, scope, lifetime_s)
        ends_at = tx.now + lifetime_s * 1000 if lifetime_s else None
        return self._make(tx, owner, name, scope, ends_at, "key.created")

    async def rotate(self, tx: Tx, owner: str, key_id: str, grace_s: int) -> tuple[pb.Key, str]:
        """A key like another, which ends `grace_s` seconds from now. Raises `NotFound`, `WrongState` where that one has
        ended."""
        self._check_pepper()
        if not 0 <= grace_s <= GRACE_MAX_S:
            raise errors.InvalidRequest("The grace is 0 s to 30 days.", field="grace_s")
        row = await _find(tx, owner, key_id)
        if _has_ended(row, tx.now):
            raise errors.WrongState("The key has ended; make a new one.")
        until = tx.now + grace_s * 1000
        lifetime = row["ends_at"] - row["created_at"] if row["ends_at"] else None
        tx.update(tables.keys, key_id, {"ends_at": min(until, row["ends_at"] or until)})
        ends_at = tx.now + lifetime if lifetime else None
        return self._make(tx, owner, row["name"], row["scope"], ends_at, "key.rotated", {"from": key_id})

    def _make(
        self, tx: Tx, owner: str, name: str, scope: str, ends_at: int | None, what: str, data: Row | None = None
    ) -> tuple[pb.Key, str]:
        private = secrets.token_urlsafe(SECRET_BYTES)
        key_id = ids.new(ids.KEY)
        row: Row = {
            "id": key_id, "owner": owner, "name": name, "scope": scope, "digest": self._digest(private),
            "created_at": tx.now, "ends_at": ends_at, "revoked": False,
        }  # fmt: skip
        tx.insert(tables.keys, row)
        audit.note(tx, owner, what, key_id, {"name": name, "scope": scope, **(data or {})})
        return message(row), f"popcon_{key_id.removeprefix(ids.KEY)}_{private}"

    def _digest(self, private: str) -> str:
        return hmac.new(self._pepper, private.encode(), hashlib.sha256).hexdigest()

    def _check_pepper(self) -> None:
        if not self._pepper:
            raise errors.Unavailable("The orchestrator has no POPCON_KEY_SECRET, so there can be no keys; set it.")


async def list_page(tx: Tx, request: pb.ListKeysRequest) -> pb.ListKeysResponse:
    """An owner's keys, newest first: a page of them, or all where no limit is named. Raises `InvalidRequest`."""
    if not 0 <= request.limit <= PAGE_MAX:
        raise errors.InvalidRequest(f"A page has 1 to {PAGE_MAX} keys.", field="limit")
    kept = tables.keys
    query = sa.select(kept).where(kept.c.owner == request.owner).order_by(kept.c.id.desc())
    if request.cursor:
        query = query.where(kept.c.id < cursors.read(request.cursor, ids.KEY))
    rows = await tx.all(query.limit(request.limit + 1) if request.limit else query)
    page = rows[: request.limit or None]
    cursor = cursors.write(page[-1]["id"]) if len(rows) > len(page) else ""
    return pb.ListKeysResponse(keys=[message(row) for row in page], next_cursor=cursor)


async def get(tx: Tx, owner: str, key_id: str) -> pb.Key:
    """One of an owner's keys. Raises `NotFound`."""
    kept = tables.keys
    return message(_there(await tx.one(sa.select(kept).where(kept.c.owner == owner, kept.c.id == key_id)), key_id))


async def revoke(tx: Tx, owner: str, key_id: str) -> pb.Key:
    """Ends a key now; one that has ended stays as it is. Raises `NotFound`."""
    row = await _find(tx, owner, key_id)
    if _has_ended(row, tx.now):
        return message(row)
    ended = {"ends_at": tx.now, "revoked": True}
    tx.update(tables.keys, key_id, ended)
    audit.note(tx, owner, "key.revoked", key_id, {"name": row["name"]})
    return message({**row, **ended})


def message(row: Row) -> pb.Key:
    """A row as a message, without its digest."""
    ends_at = views.timestamp(row["ends_at"])
    return pb.Key(
        id=row["id"],
        owner=row["owner"],
        name=row["name"],
        scope=f"SCOPE_{row['scope'].upper()}",
        created_at=views.timestamp(row["created_at"]),
        expires_at=None if row["revoked"] else ends_at,
        revoked_at=ends_at if row["revoked"] else None,
    )


async def _find(tx: Tx, owner: str, key_id: str) -> Row:
    kept = tables.keys
    query = sa.select(kept).where(kept.c.owner == owner, kept.c.id == key_id)
    return _there(await tx.locked(query.with_for_update()), key_id)


def _there(row: Row | None, key_id: str) -> Row:
    if row is None:
        raise errors.NotFound(f"There is no key {key_id[:60]!r}; look at the id again.")
    return row


def _has_ended(row: Row, now: int) -> bool:
    return row["ends_at"] is not None and bool(row["ends_at"] <= now)


def _check(owner: str, name: str, scope: str, lifetime_s: int) -> None:
    owners.check(owner)
    if len(name) > NAME_MAX_CHARS:
        raise errors.InvalidRequest(f"A name has at most {NAME_MAX_CHARS} characters.", field="name")
    if scope not in SCOPES:
        raise errors.InvalidRequest("A key may read, write, or act as admin; say which.", field="scope")
    if not 0 <= lifetime_s <= LIFETIME_MAX_S:
        raise errors.InvalidRequest("A key lives for at most ten years; 0 is for ever.", field="lifetime_s")
