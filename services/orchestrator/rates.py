"""Requests per second of an owner: one row, that all gateways take from by way of any orchestrator."""

import sqlalchemy as sa

from popcon import errors
from popcon.v1 import owners_pb2 as pb
from services.orchestrator import owners, tables
from services.orchestrator.rules import rate
from services.orchestrator.rules.quota import Quota
from services.orchestrator.tx import Tx

AT_ONCE_MAX = 100_000


async def reserve(tx: Tx, owner: str, wanted: int, defaults: Quota) -> pb.ReserveRequestsResponse:
    """Takes requests out of an owner's rate, as many as there are but no more than `wanted` (1 to 100,000). Raises
    `InvalidRequest`. What is given is durable before it is answered, so that no orchestrator gives it again."""
    if not 1 <= wanted <= AT_ONCE_MAX:
        raise errors.InvalidRequest(f"Reserve 1 to {AT_ONCE_MAX:,} requests.", field="requests")
    per_s = (await owners.quota(tx, owner, defaults)).requests_per_s
    if not per_s:
        return pb.ReserveRequestsResponse(granted=wanted)
    held, kept = rate.bucket(per_s), tables.rates
    row = await tx.locked(sa.select(kept).where(kept.c.owner == owner).with_for_update())
    now_us = tx.now * 1000
    taken = rate.reserve(held, row["full_at"] if row else 0, now_us, wanted)
    if row is None:
        tx.insert(kept, {"owner": owner, "full_at": taken.full_us})
    elif taken.granted:
        tx.update(kept, owner, {"full_at": taken.full_us})
    return pb.ReserveRequestsResponse(
        granted=taken.granted,
        remaining=taken.remaining,
        capacity=held.capacity,
        wait_ms=-(-taken.wait_us // 1000),
        full_ms=-(-(taken.full_us - now_us) // 1000),
        window_ms=-(-held.window_us // 1000),
    )
