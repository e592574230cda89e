"""Rows of webhooks and deliveries: found, written, and as messages."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa

from popcon import errors, ids
from popcon.v1 import webhooks_pb2 as pb
from services.orchestrator import tables, views
from services.orchestrator.database import Row
from services.orchestrator.rules.notices import Notice
from services.orchestrator.tx import Tx

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"
ACTIVE, DISABLED = "active", "disabled"


async def webhook_of(tx: Tx, owner: str, webhook_id: str) -> Row:
    """An owner's webhook. Raises `NotFound`."""
    return _there(await tx.one(_webhook(owner, webhook_id)), "webhook", webhook_id)


async def lock_webhook(tx: Tx, owner: str, webhook_id: str) -> Row:
    """An owner's webhook, locked: always before its deliveries. Raises `NotFound`."""
    row = await tx.locked(_webhook(owner, webhook_id).with_for_update())
    return _there(row, "webhook", webhook_id)


async def lock_delivery(tx: Tx, webhook_id: str, delivery_id: str) -> Row:
    """A delivery of a webhook, locked. Raises `NotFound`."""
    kept = tables.deliveries
    query = sa.select(kept).where(kept.c.webhook_id == webhook_id, kept.c.id == delivery_id)
    return _there(await tx.locked(query.with_for_update()), "delivery", delivery_id)


def put(tx: Tx, webhook: Row, notice: Notice, job_id: str = "") -> Row:
    """Has an endpoint told of something, from the end of this transaction on."""
    row: Row = {
        "id": ids.new(ids.DELIVERY), "owner": webhook["owner"], "webhook_id": webhook["id"], "job_id": job_id,
        "type": notice.type, "body": _body(notice, tx.now), "state": PENDING, "attempts": 0, "tries": 0, "losses": 0,
        "status": 0, "error": "", "created_at": tx.now, "since": tx.now, "not_before": tx.now, "lease_until": None,
        "ended_at": None,
    }  # fmt: skip
    tx.insert(tables.deliveries, row)
    return row


def _body(notice: Notice, now: int) -> str:
    at = datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    said = {"type": notice.type, "timestamp": at, "data": notice.data}
    return json.dumps(said, separators=(",", ":"))


def webhook(row: Row) -> pb.Webhook:
    """A webhook as a message, without its secrets."""
    return pb.Webhook(
        id=row["id"],
        owner=row["owner"],
        url=row["url"],
        name=row["name"],
        types=row["types"],
        state=f"WEBHOOK_STATE_{row['state'].upper()}",
        reason=row["reason"],
        created_at=views.timestamp(row["created_at"]),
        answered_at=views.timestamp(row["answered_at"]),
    )


def delivery(row: Row) -> pb.Delivery:
    """A delivery as a message."""
    return pb.Delivery(
        id=row["id"],
        webhook_id=row["webhook_id"],
        type=row["type"],
        state=f"DELIVERY_STATE_{row['state'].upper()}",
        attempts=row["attempts"],
        status=row["status"],
        error=row["error"],
        body=row["body"],
        created_at=views.timestamp(row["created_at"]),
        next_at=views.timestamp(row["not_before"] if row["state"] == PENDING else None),
        ended_at=views.timestamp(row["ended_at"]),
    )


def _webhook(owner: str, webhook_id: str) -> sa.Select[tuple[object, ...]]:
    kept = tables.webhooks
    return sa.select(kept).where(kept.c.owner == owner, kept.c.id == webhook_id)


def _there(row: Row | None, what: str, asked: str) -> Row:
    if row is None:
        raise errors.NotFound(f"There is no {what} {asked[:60]!r}; look at the id again.")
    return row
