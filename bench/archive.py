"""Measures the archive on this machine: `python bench/archive.py`; `--keep` writes the page of results.

Asks the real gateway, in front of the real orchestrator on a database of many jobs, for pages of cards as the studio
does, and reads the same rows with bare SQL in the same run: what lies between is what popcon adds.
"""

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import archive_fill
import httpx

import machine
from popcon.stack import Folder, Stack
from popcon.stack.programs import Addresses, Program, Tier, plan

CARDS = 48
ROUNDS = 40
SCROLLED = 1000
SERVER_MS = 100.0

_BARE = """SELECT * FROM job_summaries WHERE job_id IN (
    SELECT job_id FROM job_summaries WHERE owner = 'local' AND deleted = 0 AND {} ORDER BY job_id DESC LIMIT ?
) ORDER BY job_id DESC"""


@dataclass(frozen=True)
class Page:
    """What is asked for: of the API, and the same of SQL."""

    title: str
    query: Mapping[str, str]
    where: str


@dataclass(frozen=True)
class Figures:
    """Milliseconds of each round, through the gateway and by bare SQL."""

    cards: int
    kilobytes: float
    served: list[float]
    bare: list[float]


def spine(folder: Folder, addresses: Addresses, env: Mapping[str, str]) -> list[Program]:
    """What answers the archive: no worker."""
    return [program for program in plan(folder, addresses, env) if program.tier is not Tier.WORKERS]


async def measure(count: int) -> str:
    with tempfile.TemporaryDirectory(prefix="popcon-bench-") as root:
        folder = Folder(Path(root))
        began = time.monotonic()
        await asyncio.to_thread(archive_fill.fill, folder.database, count)
        filled_s, megabytes = time.monotonic() - began, folder.database.stat().st_size / 1e6
        filled = f"{count:,} jobs of {archive_fill.ACTIONS} actions in SQLite, {megabytes:.0f} MB, in {filled_s:.0f} s."
        async with Stack(folder, plan=spine) as stack:
            await stack.wait_ready()
            async with httpx.AsyncClient(base_url=stack.addresses.url, trust_env=False, timeout=30) as http:
                pages = await _pages(http, count)
                found = {page.title: await _measure(http, folder.database, page) for page in pages}
                scrolled = await _scroll(http)
                pace = [(await _timed(http, "/v1/pace", {}))[0] for _ in range(ROUNDS)]
    return _report(filled, found, scrolled, pace)


async def _pages(http: httpx.AsyncClient, count: int) -> list[Page]:
    """The pages to measure; the deep one begins where nine tenths of the jobs have been seen."""
    cursor, deep = "", ""
    for _ in range(max(1, count * 9 // 10 // 200)):
        asked = {"limit": "200", **({"cursor": cursor} if cursor else {})}
        answer = (await http.get("/v1/jobs", params=asked)).json()
        cursor, deep = answer["next_cursor"], answer["jobs"][-1]["id"]
    rare = archive_fill.RARE
    return [
        Page("first page", {}, "1"),
        Page("deep page by cursor", {"cursor": cursor}, f"job_id < '{deep}'"),
        Page(f"search that few names match ({rare})", {"search": rare}, f"folded LIKE '%{rare}%'"),
        Page("search that no name matches", {"search": "nobody"}, "folded LIKE '%nobody%'"),
        Page("search in Korean", {"search": "고양"}, "folded LIKE '%고양%'"),
        Page("one state that few are in", {"state": "cancelled"}, "state = 'cancelled'"),
        Page("a state that none is in", {"state": "running"}, "state = 'running'"),
    ]


async def _measure(http: httpx.AsyncClient, path: Path, page: Page) -> Figures:
    asked = {"limit": str(CARDS), **page.query}
    connection = sqlite3.connect(path)
    served, bare = [], []
    for _ in range(ROUNDS):
        milliseconds, answer = await _timed(http, "/v1/jobs", asked)
        served.append(milliseconds)
        began = time.perf_counter()
        rows = connection.execute(_BARE.format(page.where), [CARDS + 1]).fetchall()
        bare.append((time.perf_counter() - began) * 1000)
    connection.close()
    cards = answer.json()["jobs"]
    assert len(cards) == min(len(rows), CARDS), "both must read the same rows"
    return Figures(len(cards), len(answer.content) / 1000, served, bare)


async def _timed(http: httpx.AsyncClient, path: str, asked: Mapping[str, str]) -> tuple[float, httpx.Response]:
    """Milliseconds until the whole answer is here."""
    began = time.perf_counter()
    answer = await http.get(path, params=dict(asked))
    answer.raise_for_status()
    return (time.perf_counter() - began) * 1000, answer


async def _scroll(http: httpx.AsyncClient) -> str:
    """What it takes to see many cards."""
    began, requests, seen, cursor = time.perf_counter(), 0, 0, ""
    while seen < SCROLLED and (cursor or not requests):
        _, answer = await _timed(http, "/v1/jobs", {"limit": str(CARDS), **({"cursor": cursor} if cursor else {})})
        page = answer.json()
        requests, seen, cursor = requests + 1, seen + len(page["jobs"]), page["next_cursor"]
    return f"{seen:,} cards take {requests} requests and {time.perf_counter() - began:.2f} s."


def _report(filled: str, found: Mapping[str, Figures], scrolled: str, pace: list[float]) -> str:
    rows: list[list[object]] = [
        [title, each.cards, f"{each.kilobytes:.0f}", *_spread(each.served), *_spread(each.bare)[:2]]
        for title, each in found.items()
    ]
    header = ["`GET /v1/jobs`", "cards", "kB", "ms, least", "median", "95 %", "bare SQL: ms, least", "median"]
    worst = max(statistics.median(each.served) for each in found.values())
    return "\n\n".join(
        [
            f"{filled} {CARDS} cards a page, {ROUNDS} requests of each kind. Times are a client's on the same machine, "
            "from asking to the last byte, so the server's own lie below them. What else the machine does stretches "
            "them, the least one least. Bare SQL reads the same rows by the same index in the same run.",
            machine.table(header, rows),
            f"The slowest kind takes {worst:.0f} ms at the median, of {SERVER_MS:.0f} ms allowed. {scrolled} "
            f"`GET /v1/pace` takes {_spread(pace)[0]} ms at least, {_spread(pace)[1]} ms at the median.",
        ]
    )


def _spread(milliseconds: list[float]) -> tuple[str, str, str]:
    """The least, the median and the 95th of 100."""
    most = statistics.quantiles(milliseconds, n=20)[-1]
    return f"{min(milliseconds):.1f}", f"{statistics.median(milliseconds):.1f}", f"{most:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--keep", action="store_true", help="write bench/results/archive.md")
    asked = parser.parse_args()
    body = asyncio.run(measure(asked.jobs))
    if asked.keep:
        machine.write("archive", "The archive on one machine", body)
    else:
        print(body)


if __name__ == "__main__":
    main()
