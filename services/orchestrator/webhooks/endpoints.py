"""An owner's webhooks: made, shown, rotated, tested, removed."""

from collections.abc import Sequence

import sqlalchemy as sa

from popcon import errors, ids
from popcon.v1 import webhooks_pb2 as pb
from services.orchestrator import audit, tables
from services.orchestrator.database import Row
from services.orchestrator.rules import notices
from services.orchestrator.tx import Tx
from services.orchestrator.webhooks import rows, urls
from services.orchestrator.webhooks.secrets import Secrets, new_salt

MOST = 20
"""Webhooks that an owner may have."""

NAME_MAX_CHARS = 100
GRACE_MAX_S = 30 * 86_400
SECRETS_MAX = 5
"""Secrets of one webhook that sign at once."""


class Endpoints:
    """Webhooks whose secrets are `secrets`. `allow_http`: whether endpoints may be plain HTTP."""

    def __init__(self, secrets: Secrets, *, allow_http: bool) -> None:
        self._secrets = secrets
        self._allow_http = allow_http

    async def create(self, tx: Tx, owner: str, url: str, name: str, types: Sequence[str]) -> tuple[pb.Webhook, str]:
        """A new webhook, whose endpoint is asked at once, and its secret. Raises `InvalidRequest`, `WrongState`."""
        _check(name, types)
        await _check_room(tx, owner)
        salt, row_id = new_salt(), ids.new(ids.WEBHOOK)
        secret = self._secrets.tell(row_id, salt)
        row: Row = {
            "id": row_id, "owner": owner, "url": urls.checked(url, allow_http=self._allow_http), "name": name,
            "types": [known for known in notices.TYPES if known in types or not types],
            "salts": [{"salt": salt, "ends_at": None}], "state": "pending", "reason": "", "created_at": tx.now,
            "answered_at": None,
        }  # fmt: skip
        tx.insert(tables.webhooks, row)
        rows.put(tx, row, _verify(row))
        audit.note(tx, owner, "webhook.created", row_id, {"name": name})
        return rows.webhook(row), secret

    async def rotate(self, tx: Tx, owner: str, webhook_id: str, grace_s: int) -> tuple[pb.Webhook, str]:
        """Another secret, besides which those before it sign for `grace_s` seconds more. Raises `NotFound`,
        `InvalidRequest`, `WrongState`."""
        if not 0 <= grace_s <= GRACE_MAX_S:
            raise errors.InvalidRequest("The grace is 0 s to 30 days.", field="grace_s")
        row = await rows.lock_webhook(tx, owner, webhook_id)
        salt, until = new_salt(), tx.now + grace_s * 1000
        before = [{**each, "ends_at": min(each["ends_at"] or until, until)} for each in good(row["salts"], tx.now)]
        before = good(before, tx.now)
        if len(before) >= SECRETS_MAX:
            raise errors.WrongState(f"{SECRETS_MAX} secrets sign already; wait, or end them with a grace of 0.")
        tx.update(tables.webhooks, webhook_id, {"salts": [{"salt": salt, "ends_at": None}, *before]})
        audit.note(tx, owner, "webhook.rotated", webhook_id, {"grace_s": grace_s})
        return rows.webhook(row), self._secrets.tell(webhook_id, salt)


async def listed(tx: Tx, owner: str) -> list[pb.Webhook]:
    """An owner's webhooks, newest first."""
    kept = tables.webhooks
    found = await tx.all(sa.select(kept).where(kept.c.owner == owner).order_by(kept.c.id.desc()))
    return [rows.webhook(row) for row in found]


async def get(tx: Tx, owner: str, webhook_id: str) -> pb.Webhook:
    """One webhook. Raises `NotFound`."""
    return rows.webhook(await rows.webhook_of(tx, owner, webhook_id))


async def delete(tx: Tx, owner: str, webhook_id: str) -> pb.Webhook:
    """Removes a webhook with its deliveries. Raises `NotFound`."""
    row = await rows.lock_webhook(tx, owner, webhook_id)
    await tx.write(sa.delete(tables.deliveries).where(tables.deliveries.c.webhook_id == webhook_id))
    await tx.write(sa.delete(tables.webhooks).where(tables.webhooks.c.id == webhook_id))
    audit.note(tx, owner, "webhook.deleted", webhook_id, {"name": row["name"]})
    return rows.webhook(row)


async def test(tx: Tx, owner: str, webhook_id: str) -> pb.Delivery:
    """Has the endpoint asked now, once however often that is said before it was. Raises `NotFound`."""
    row = await rows.lock_webhook(tx, owner, webhook_id)
    kept = tables.deliveries
    waits = (kept.c.webhook_id == webhook_id, kept.c.type == notices.VERIFY, kept.c.state == rows.PENDING)
    waiting = await tx.one(sa.select(kept).where(*waits).order_by(kept.c.id.desc()).limit(1))
    if waiting is None:
        return rows.delivery(rows.put(tx, row, _verify(row)))
    sooner = {"not_before": min(waiting["not_before"], tx.now)}
    tx.update(kept, waiting["id"], sooner)
    return rows.delivery({**waiting, **sooner})


def good(salts: Sequence[Row], now: int) -> list[Row]:
    """Those of a webhook's salts whose secrets sign."""
    return [each for each in salts if each["ends_at"] is None or each["ends_at"] > now]


def _verify(row: Row) -> notices.Notice:
    return notices.Notice(notices.VERIFY, {"webhook_id": row["id"], "url": f"/v1/webhooks/{row['id']}"})


async def _check_room(tx: Tx, owner: str) -> None:
    kept = tables.webhooks
    await tx.lock(f"webhooks\n{owner}")
    if len(await tx.all(sa.select(kept.c.id).where(kept.c.owner == owner).limit(MOST))) == MOST:
        raise errors.WrongState(f"There are {MOST} webhooks already, as many as an owner may have; delete one.")


def _check(name: str, types: Sequence[str]) -> None:
    if len(name) > NAME_MAX_CHARS:
        raise errors.InvalidRequest(f"A name has at most {NAME_MAX_CHARS} characters.", field="name")
    unknown = next((each for each in types if each not in notices.TYPES), None)
    if unknown is not None:
        raise errors.InvalidRequest(
            f"There is no event {unknown[:60]!r} to be told of; there are {', '.join(notices.TYPES)}.", field="types"
        )
