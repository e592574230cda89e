"""Seconds of workers' time, run by run: useful where an attempt made its result, wasted where it came to nothing.

`claimed_at` is the moment up to which a run's time is counted: a claim sets it, and whatever ends or interrupts an
attempt counts from there and moves it on, so that no second is counted twice. It is the database's clock throughout.

Whatever is counted is a row of the ledger `worker_seconds`, written with it.
"""

from prometheus_client import Counter

from services.orchestrator import tables
from services.orchestrator.database import Row
from services.orchestrator.tallies import USEFUL, WASTED
from services.orchestrator.tx import Spent, Tx

_SECONDS = Counter("popcon_worker_seconds_total", "Seconds of workers' time", ["stage", "kind"])


def begin(tx: Tx) -> Row:
    """The columns of a run that was claimed just now."""
    return {"claimed_at": tx.now}


def useful(tx: Tx, run: Row, reported_s: float) -> Row:
    """The columns of a run that succeeded: what its worker reported, but never more than passed here."""
    seconds = max(0.0, reported_s)  # in this order what is no number is none
    if run["claimed_at"] is not None:
        seconds = min(seconds, _between(run["claimed_at"], tx.now))
    _note(tx, run, USEFUL, seconds, tx.now)
    return {"seconds": seconds, "claimed_at": tx.now}


def wasted(tx: Tx, run: Row) -> Row:
    """The columns of a run whose attempt came to nothing. A worker that fell silent counts until its lease ended."""
    if run["claimed_at"] is None:
        return {}
    limits = (run["lease_until"], run["deadline_at"])
    until = min(tx.now, *(limit or tx.now for limit in limits))
    until = max(until, run["claimed_at"])
    seconds = _between(run["claimed_at"], until)
    if seconds:
        _note(tx, run, WASTED, seconds, until)
    return {"wasted": run["wasted"] + seconds, "claimed_at": until}


def count(tx: Tx) -> None:
    """Adds what was spent to the metrics; called once it is committed."""
    for spent in tx.spent:
        _SECONDS.labels(spent.stage, spent.kind).inc(spent.seconds)


def _note(tx: Tx, run: Row, kind: str, seconds: float, at: int) -> None:
    tx.spent.append(Spent(run["owner"], run["stage"], kind, seconds, at))
    about = {name: run[name] for name in ("attempt", "owner", "job_id", "stage")}
    tx.insert(tables.worker_seconds, {**about, "run_id": run["id"], "kind": kind, "at": at, "seconds": seconds})


def _between(begin_ms: int, end_ms: int) -> float:
    return max(end_ms - begin_ms, 0) / 1000
