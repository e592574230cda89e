"""What a full table costs: list, get and transition with 1,000 jobs and with 100,000 of them.

The jobs are copies of one that went through every stage, made inside PostgreSQL, each with rows of its own in every
table. The query plans are read off where the table is full.
"""

import time
import uuid
from dataclasses import dataclass
from statistics import median

from bench.load import arrivals
from bench.load.rig import Rig

CALLS = 60
SMALL, LARGE = 1_000, 100_000
_COPIED = {
    "jobs": ("id",),
    "actions": ("id", "job_id"),
    "runs": ("id", "job_id", "action_id"),
    "events": ("job_id", "action_id"),
    "job_summaries": ("job_id",),
}
"""Tables of a job, and their columns of ids, which differ from copy to copy."""


@dataclass
class Costs:
    """Median milliseconds per call with so many jobs in the table."""

    jobs: int
    list_ms: float
    get_ms: float
    transition_ms: float


async def measure(rig: Rig) -> tuple[Costs, Costs, list[str]]:
    """The costs with few jobs and with many, and the query plans with many."""
    job_id = await _finished_job(rig)
    await _fill(rig, job_id, SMALL, 0)
    small = await _costs(rig, SMALL)
    await _fill(rig, job_id, LARGE - SMALL, SMALL)
    return small, await _costs(rig, LARGE), await _plans(rig)


async def _fill(rig: Rig, job_id: str, copies: int, start: int) -> None:
    """Copies a job so often. A copy's ids end in its number, so that they sort after the original's."""
    for table, ids in _COPIED.items():
        columns = await rig.rows("SELECT column_name FROM information_schema.columns WHERE table_name = $1", table)
        names = [row["column_name"] for row in columns]
        chosen = [_renewed(name) if name in ids else name for name in names]
        where = "id" if table == "jobs" else "job_id"
        await rig.database.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(chosen)} FROM {table}, "
            f"generate_series({start}, {start + copies - 1}) n WHERE {where} = '{job_id}'",
            timeout=600,
        )
    await rig.database.execute("ANALYZE")


async def _costs(rig: Rig, jobs: int) -> Costs:
    """Calls one after the other, of a client that has the API to itself."""
    listed = [await _timed(rig, "GET", "/v1/jobs?limit=50") for _ in range(CALLS)]
    made = [await _new_job(rig) for _ in range(CALLS)]
    got = [await _timed(rig, "GET", f"/v1/jobs/{job}") for job, _ in made]
    moved = [await _timed(rig, "POST", f"/v1/jobs/{job}/actions/{action}/cancel") for job, action in made]
    return Costs(jobs, median(listed) * 1e3, median(got) * 1e3, median(moved) * 1e3)


async def _plans(rig: Rig) -> list[str]:
    """How PostgreSQL goes about the hot queries: a line each."""
    queries = {
        "list": "SELECT job_id FROM job_summaries WHERE owner = 'local' AND NOT deleted ORDER BY job_id DESC LIMIT 51",
        "get": "SELECT * FROM runs WHERE job_id = 'job_0'",
        "transition": "SELECT stage FROM runs WHERE job_id = 'job_0' AND action_id = 'act_0'",
        "due": "SELECT id FROM outbox WHERE published_at IS NULL AND not_before <= 1",
        "leases": "SELECT id FROM runs WHERE state = 'running' AND lease_until <= 1",
    }
    lines = []
    for name, query in queries.items():
        plan = [row["QUERY PLAN"] for row in await rig.rows(f"EXPLAIN {query}")]
        scans = [line.split("  (cost")[0].strip(" ->") for line in plan if "Scan" in line]
        lines.append(f"{name}: {'; '.join(scans)}")
    return lines


async def _finished_job(rig: Rig) -> str:
    """The id of a job of one action that went through every stage."""
    job_id, _ = await _new_job(rig)
    await rig.drain(60)
    return job_id


def _renewed(column: str) -> str:
    """The id of the n-th copy; empty ids stay empty."""
    return f"CASE WHEN {column} = '' THEN '' ELSE left({column}, 28) || to_char(n, 'FM00000000') END"


async def _new_job(rig: Rig) -> tuple[str, str]:
    body = {**arrivals.job(rig), "actions": [{"preset": "joy"}], "name": uuid.uuid4().hex}
    made = (await rig.http.post("/v1/jobs", json=body)).raise_for_status().json()
    return made["id"], made["actions"][0]["id"]


async def _timed(rig: Rig, method: str, path: str) -> float:
    began = time.perf_counter()
    answer = await rig.http.request(method, path, json={} if method == "POST" else None)
    answer.raise_for_status()
    return time.perf_counter() - began
