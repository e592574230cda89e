"""Deliveries as people see them: listed, and sent again."""

import sqlalchemy as sa

from popcon import errors, ids
from popcon.v1 import webhooks_pb2 as pb
from services.orchestrator import cursors, tables
from services.orchestrator.database import Row
from services.orchestrator.rules import notices
from services.orchestrator.tx import Tx
from services.orchestrator.webhooks import rows

LIST_MAX = 200
LIST_DEFAULT = 50


async def list_page(tx: Tx, request: pb.ListDeliveriesRequest) -> pb.ListDeliveriesResponse:
    """A page of a webhook's deliveries, newest first. Raises `NotFound`, `InvalidRequest`."""
    await rows.webhook_of(tx, request.owner, request.webhook_id)
    kept = tables.deliveries
    limit = min(request.limit or LIST_DEFAULT, LIST_MAX)
    if limit < 1:
        raise errors.InvalidRequest(f"The limit must be 1 to {LIST_MAX}.", field="limit")
    query = sa.select(kept).where(kept.c.webhook_id == request.webhook_id)
    if request.cursor:
        query = query.where(kept.c.id < cursors.read(request.cursor, ids.DELIVERY))
    if request.states:
        query = query.where(kept.c.state.in_([_state_name(state) for state in request.states]))
    found = await tx.all(query.order_by(kept.c.id.desc()).limit(limit + 1))
    page = found[:limit]
    cursor = cursors.write(page[-1]["id"]) if len(found) > limit else ""
    return pb.ListDeliveriesResponse(deliveries=[rows.delivery(row) for row in page], next_cursor=cursor)


async def redeliver(tx: Tx, owner: str, webhook_id: str, delivery_id: str) -> pb.Delivery:
    """Has a delivery sent once more, and for a day again where that fails; one that waits is sent now. Raises
    `NotFound`, `WrongState` where the webhook is told nothing."""
    webhook = await rows.lock_webhook(tx, owner, webhook_id)
    row = await rows.lock_delivery(tx, webhook_id, delivery_id)
    if webhook["state"] != rows.ACTIVE and row["type"] != notices.VERIFY:
        raise errors.WrongState(f"The webhook is {webhook['state']}; test it, and once it answers send this again.")
    values: Row = {"not_before": min(row["not_before"], tx.now)}
    if row["state"] != rows.PENDING:
        values = {"state": rows.PENDING, "tries": 0, "losses": 0, "since": tx.now, "not_before": tx.now}
        values |= {"lease_until": None, "ended_at": None}
    tx.update(tables.deliveries, delivery_id, values)
    return rows.delivery({**row, **values})


def _state_name(state: pb.DeliveryState) -> str:
    if state not in pb.DeliveryState.values() or state == pb.DELIVERY_STATE_UNSPECIFIED:
        raise errors.InvalidRequest("That is no state of a delivery; name one, e.g. failed.", field="states")
    return pb.DeliveryState.Name(state).removeprefix("DELIVERY_STATE_").lower()
