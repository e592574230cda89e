"""`popcon usage`: what was made, what it took, and what is left of the limits."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from popcon import rest
from popcon.cli.connection import connect
from popcon.cli.output import Output


def usage(data: Path | None, days: int) -> int:
    """Prints what the key's owner used in the last days, and has now. Returns 0."""
    output = Output()
    since = datetime.now(UTC).date() - timedelta(days=days - 1)
    with connect(data, output) as connection:
        found = connection.client.usage(since)
    if found.stages:
        columns = ("day", "stage", "runs", "useful s", "wasted s")
        output.table(*columns, rows=[_stage(each) for each in found.stages])
    else:
        output.say(f"Nothing was made since {since}.")
    output.say("")
    output.table("now", "used", "limit", rows=_now(found))
    return 0


def _stage(each: rest.StageUsage) -> list[str]:
    seconds = (f"{each.useful_seconds:.1f}", f"{each.wasted_seconds:.1f}")
    return [f"{each.day}", each.stage, f"{each.runs}", *seconds]


def _now(found: rest.Usage) -> list[list[str]]:
    limits = found.limits
    return [
        ["requests per second", "", _limit(limits.requests_per_s)],
        ["jobs in flight", f"{found.jobs_in_flight}", _limit(limits.jobs_in_flight)],
        ["worker seconds in 24 h", f"{found.worker_seconds_lately:,.1f}", _limit(limits.worker_seconds_per_day)],
        ["stored bytes", f"{found.stored_bytes:,}", _limit(limits.stored_bytes)],
    ]


def _limit(limit: float | None) -> str:
    return "none" if limit is None else f"{limit:,}"
