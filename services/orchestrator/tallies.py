"""Running sums per owner: bytes in the store, and worker seconds by hour.

Changes only note what they add; all of a transaction is written at its end, in an order that is always the same. So a
row that many write to is locked for no longer than a commit takes, and two transactions never wait for each other.
"""

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from services.orchestrator.database import Row
from services.orchestrator.rules.quota import HOUR_MS
from services.orchestrator.tx import Spent, Tx

USEFUL, WASTED = "useful", "wasted"


def size_of(artifacts: Iterable[Row | None]) -> int:
    """Bytes of some artifacts, as columns have them."""
    return sum(each["size"] for each in artifacts if each)


def store(tx: Tx, owner: str, size: int) -> None:
    """Notes bytes that an owner has more in the store; below 0, less."""
    if size:
        tx.stored.append((owner, size))


async def write(tx: Tx) -> None:
    """Adds what was noted in a transaction to the sums."""
    if tx.stored:
        await tx.connection.execute(_STORED, _bytes(tx.stored))
    if tx.spent:
        await tx.connection.execute(_HOURS, _hours(tx.spent))


def _bytes(stored: Iterable[tuple[str, int]]) -> list[Row]:
    sums: dict[str, int] = defaultdict(int)
    for owner, size in stored:
        sums[owner] += size
    return [{"owner": owner, "bytes": size} for owner, size in sorted(sums.items())]


def _hours(spent: Iterable[Spent]) -> list[Row]:
    sums: dict[tuple[str, int, str], Row] = {}
    for each in spent:
        at = (each.owner, each.at // HOUR_MS, each.stage)
        row = sums.setdefault(at, {"runs": 0, USEFUL: 0.0, WASTED: 0.0})
        row["runs"] += each.kind == USEFUL
        row[each.kind] += each.seconds
    return [{"owner": at[0], "hour": at[1], "stage": at[2], **sums[at]} for at in sorted(sums)]


_STORED = sa.text("""
    INSERT INTO stored_bytes (owner, bytes) VALUES (:owner, :bytes)
    ON CONFLICT (owner) DO UPDATE SET bytes = stored_bytes.bytes + excluded.bytes
""")
_HOURS = sa.text("""
    INSERT INTO worker_hours (owner, hour, stage, runs, useful, wasted)
    VALUES (:owner, :hour, :stage, :runs, :useful, :wasted)
    ON CONFLICT (owner, hour, stage) DO UPDATE SET runs = worker_hours.runs + excluded.runs,
    useful = worker_hours.useful + excluded.useful, wasted = worker_hours.wasted + excluded.wasted
""")
