"""The outbox: a row per task to publish, written in the transaction that makes the task due."""

from popcon import ids, telemetry
from services.orchestrator import tables
from services.orchestrator.tx import Tx


def put(tx: Tx, run_id: str, owner: str, delay_ms: int = 0) -> None:
    """Has a run's task published, not before `delay_ms` from now. The row's id is the message's id, new each time."""
    due = tx.now + delay_ms
    values = {"id": ids.new(""), "owner": owner, "run_id": run_id, "not_before": due}
    tx.insert(tables.outbox, {**values, "headers": telemetry.trace_headers()})
    tx.queued = True
