"""Deliveries as deliverers see them: claimed for a lease, and reported.

The attempt number is the fence, as with runs: a claim raises it, and a report that names another changes nothing. A
lease that ran out lets others claim; the endpoint then gets the same delivery twice and knows it by its id.
"""

import random
from collections import Counter

import sqlalchemy as sa

from popcon.v1 import webhooks_pb2 as pb
from services.orchestrator import audit, tables
from services.orchestrator.database import Row, padded
from services.orchestrator.rules import notices, redelivery
from services.orchestrator.rules.retry import Again
from services.orchestrator.tx import Tx
from services.orchestrator.webhooks import rows
from services.orchestrator.webhooks.endpoints import good
from services.orchestrator.webhooks.secrets import Secrets

LEASE_MS = 40_000
"""Longer than an attempt and its report may take."""

AT_ONCE = 4
"""Attempts at one endpoint that may go on at a time, so that one that is slow keeps no other waiting."""

ERROR_MAX_CHARS = 200
_PENDING = sa.text("deliveries.state = 'pending'")  # written out: a partial index holds these


async def any_due(tx: Tx) -> bool:
    """Whether there may be something to claim. Looking costs less than claiming nothing."""
    return await tx.one(sa.select(tables.deliveries.c.id).where(*_free(tx.now)).limit(1)) is not None


async def claim(tx: Tx, secrets: Secrets, limit: int) -> list[pb.SignedDelivery]:
    """Gives some deliveries that are due to a deliverer, signed: of each endpoint the first before any's second."""
    kept, hooks = tables.deliveries, tables.webhooks
    chosen = await _choose(tx, limit)
    query = sa.select(kept, hooks.c.url, hooks.c.salts).join(hooks, hooks.c.id == kept.c.webhook_id)
    query = query.where(kept.c.id.in_(padded(chosen)), *_free(tx.now)).order_by(kept.c.not_before, kept.c.id)
    found = await tx.all(query.with_for_update(skip_locked=True, of=kept))
    return [_sign(tx, secrets, row) for row in found if _take(tx, row)]


async def report(tx: Tx, request: pb.ReportDeliveryRequest) -> bool:
    """Takes the end of an attempt and decides what follows; answers whether it was still its taker's."""
    kept = tables.deliveries
    known = await tx.one(sa.select(kept.c.webhook_id, kept.c.owner).where(kept.c.id == request.delivery_id))
    if known is None:
        return False
    webhook = await rows.lock_webhook(tx, known["owner"], known["webhook_id"])
    row = await rows.lock_delivery(tx, webhook["id"], request.delivery_id)
    if row["state"] != rows.PENDING or row["lease_until"] is None or row["attempts"] != request.attempt:
        return False
    if 200 <= request.status < 300:
        _succeed(tx, webhook, row, request.status)
    else:
        await _fail(tx, webhook, row, request)
    return True


async def bring_near(tx: Tx) -> None:
    """Has no lease last longer than it may, and no first attempt wait, after the clock was set back."""
    kept, lease = tables.deliveries, tx.now + LEASE_MS
    await tx.write(sa.update(kept).where(_PENDING, kept.c.lease_until > lease).values(lease_until=lease))
    first = (_PENDING, kept.c.tries == 0, kept.c.not_before > tx.now)
    await tx.write(sa.update(kept).where(*first).values(not_before=tx.now))


def _free(now: int) -> tuple[sa.ColumnElement[bool] | sa.TextClause, ...]:
    kept = tables.deliveries
    return _PENDING, kept.c.not_before <= now, sa.or_(kept.c.lease_until.is_(None), kept.c.lease_until <= now)


async def _choose(tx: Tx, limit: int) -> list[str]:
    kept = tables.deliveries
    place = sa.func.row_number().over(partition_by=kept.c.webhook_id, order_by=(kept.c.not_before, kept.c.id))
    lined = sa.select(kept.c.id, kept.c.webhook_id, kept.c.not_before, place.label("place")).where(*_free(tx.now))
    line = lined.subquery()
    query = sa.select(line).where(line.c.place <= AT_ONCE).order_by(line.c.place, line.c.not_before)
    held = sa.select(kept.c.webhook_id).where(_PENDING, kept.c.lease_until > tx.now)
    busy = Counter(row["webhook_id"] for row in await tx.all(held))
    waiting = await tx.all(query.limit(limit + AT_ONCE * len(busy)))
    return [row["id"] for row in waiting if row["place"] + busy[row["webhook_id"]] <= AT_ONCE][:limit]


def _take(tx: Tx, row: Row) -> bool:
    """Whether a delivery is to be sent: one whose deliverers keep vanishing is not."""
    losses = row["losses"] + (row["lease_until"] is not None)
    if losses >= redelivery.LOSSES_MAX:
        _end(tx, row, rows.FAILED, 0, f"Whoever sent it vanished {losses} times.")
        return False
    row["attempts"] += 1
    values = {"attempts": row["attempts"], "losses": losses, "lease_until": tx.now + LEASE_MS}
    tx.update(tables.deliveries, row["id"], values)
    return True


def _sign(tx: Tx, secrets: Secrets, row: Row) -> pb.SignedDelivery:
    timestamp, salts = tx.now // 1000, good(row["salts"], tx.now)
    return pb.SignedDelivery(
        id=row["id"],
        webhook_id=row["webhook_id"],
        attempt=row["attempts"],
        url=row["url"],
        body=row["body"],
        timestamp=timestamp,
        signature=secrets.sign(row["webhook_id"], salts, row["id"], timestamp, row["body"]),
    )


def _succeed(tx: Tx, webhook: Row, row: Row, status: int) -> None:
    _end(tx, row, rows.DELIVERED, status, "")
    values: Row = {"answered_at": tx.now}
    if row["type"] == notices.VERIFY and webhook["state"] != rows.ACTIVE:
        values |= {"state": rows.ACTIVE, "reason": ""}
        audit.note(tx, webhook["owner"], "webhook.active", webhook["id"], {})
    tx.update(tables.webhooks, webhook["id"], values)


async def _fail(tx: Tx, webhook: Row, row: Row, request: pb.ReportDeliveryRequest) -> None:
    tries, elapsed_s = row["tries"] + 1, (tx.now - row["since"]) / 1000
    decision = redelivery.after_failure(tries, elapsed_s, request.status, request.retry_after_s, random.random())  # noqa: S311 - jitter
    error = request.error[:ERROR_MAX_CHARS] or f"The endpoint answered {request.status}."
    if isinstance(decision, Again):
        values = {"status": request.status, "error": error, "lease_until": None, "tries": tries}
        tx.update(tables.deliveries, row["id"], {**values, "not_before": tx.now + int(decision.delay_s * 1000)})
        return
    _end(tx, row, rows.FAILED, request.status, error)
    if request.status == redelivery.GONE:
        await _disable(tx, webhook, row, "Its endpoint answered 410 Gone.")
    elif webhook["answered_at"] is None or webhook["answered_at"] < row["since"]:
        await _disable(tx, webhook, row, f"Nothing was taken for a day; the last time: {error}")


def _end(tx: Tx, row: Row, state: str, status: int, error: str) -> None:
    values = {"state": state, "status": status, "error": error, "lease_until": None, "ended_at": tx.now}
    tx.update(tables.deliveries, row["id"], values)


async def _disable(tx: Tx, webhook: Row, last: Row, reason: str) -> None:
    """An endpoint that is told nothing any more; what waited for it can be asked for again later."""
    kept = tables.deliveries
    tx.update(tables.webhooks, webhook["id"], {"state": rows.DISABLED, "reason": reason[:ERROR_MAX_CHARS]})
    others = (kept.c.webhook_id == webhook["id"], _PENDING, kept.c.id != last["id"])
    ended = {"state": rows.FAILED, "error": "The webhook was disabled.", "lease_until": None, "ended_at": tx.now}
    await tx.write(sa.update(kept).where(*others).values(**ended))
    audit.note(tx, webhook["owner"], "webhook.disabled", webhook["id"], {"reason": reason[:ERROR_MAX_CHARS]})
