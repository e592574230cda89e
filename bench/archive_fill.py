"""A database with many jobs, for the benchmark of the archive.

Jobs of 8 actions are made and brought into all their states by the orchestrator's own code; to have thousands in a
minute, their rows are then copied under new ids and names.
"""

import asyncio
import functools
import json
import random
import re
import sqlite3
from pathlib import Path

import sqlalchemy as sa
from google.protobuf import json_format, struct_pb2

from popcon import ids
from popcon.catalog.presets import DEFAULT_SET
from popcon.v1 import common_pb2, jobs_pb2, runs_pb2
from services.orchestrator import database, jobs, pictures, runs, summaries, tables, transitions
from services.orchestrator.rules.quota import Quota
from services.orchestrator.runs import Timing
from services.orchestrator.tx import Tx

ACTIONS = 8
RARE = "unicorn"
RARE_EVERY = 1000
_NAMES = ("cat", "dog", "penguin", "고양이", "ネコ", "Élan", "fox", "owl", "bear", "seal")
_PATTERNS = 50
_ID = re.compile(r"\b(job|act|run)_[0-9a-f]{32}")
_COPIED = (tables.jobs, tables.actions, tables.runs, tables.events, tables.job_summaries)
_TIMING = Timing(60.0, dict.fromkeys(("startframe", "motion", "matte", "pack", "assemble"), 600.0))

Rows = dict[str, list[dict[str, object]]]


def fill(path: Path, count: int) -> None:
    """Makes a database with that many jobs."""
    asyncio.run(_make_patterns(path))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = OFF")
    patterns = [json.dumps(_read(connection, job)) for (job,) in connection.execute("SELECT id FROM jobs ORDER BY id")]
    connection.execute("BEGIN")
    for table in (*_COPIED, tables.outbox):  # every task was published, and its work done
        connection.execute(f"DELETE FROM {table.name}")
    chance = random.Random(0)
    for number in range(count):
        name = RARE if number % RARE_EVERY == RARE_EVERY // 2 else chance.choice(_NAMES)
        _write(connection, _renewed(patterns[number % len(patterns)], f"{name} {number}"))
    connection.execute("COMMIT")
    connection.close()


def _read(connection: sqlite3.Connection, job: str) -> Rows:
    """Every row of a job, by table."""
    found: Rows = {}
    for table in _COPIED:
        column = "id" if table is tables.jobs else "job_id"
        rows = connection.execute(f"SELECT * FROM {table.name} WHERE {column} = ?", [job])
        found[table.name] = [dict(row) for row in rows]
    return found


def _renewed(pattern: str, name: str) -> Rows:
    """The rows of a pattern under new ids; the same id becomes the same new one wherever it stands."""
    new: dict[str, str] = {}

    def renew(match: re.Match[str]) -> str:
        return new.setdefault(match[0], ids.new(f"{match[1]}_"))

    rows: Rows = json.loads(_ID.sub(renew, pattern))
    for row in (*rows["jobs"], *rows["job_summaries"]):
        row["name"] = name
    rows["job_summaries"][0]["folded"] = summaries.fold(name)
    return rows


def _write(connection: sqlite3.Connection, rows: Rows) -> None:
    for table, found in rows.items():
        if found:
            columns = list(found[0])
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
            connection.executemany(statement, [tuple(row.values()) for row in found])


async def _make_patterns(path: Path) -> None:
    url = f"sqlite+aiosqlite:///{path}"
    await asyncio.to_thread(database.migrate, url)
    store = database.Database(url)
    for number in range(_PATTERNS):
        async with store.writing.begin() as connection:
            await _make(Tx(connection, await database.now_ms(connection)), number)
    await store.close()


async def _make(tx: Tx, number: int) -> None:
    """A job in one of the states that jobs stay in."""
    picture = await pictures.create(tx, "local", _picture(number), Quota())
    actions = [jobs_pb2.ActionSpec(direction=common_pb2.Direction(preset=preset)) for preset in DEFAULT_SET[:ACTIONS]]
    options = jobs_pb2.JobOptions(review=number % 10 == 1)
    request = jobs_pb2.CreateJobRequest(owner="local", picture_id=picture.id, actions=actions, options=options)
    job = await jobs.create(tx, request)
    if number:
        await _work(tx, job.id, succeed=number % 10 != 2)
    else:
        await transitions.cancel_job(tx, jobs_pb2.CancelJobRequest(owner="local", job_id=job.id))


def _picture(number: int) -> common_pb2.Picture:
    digest = f"{number:064x}"
    file = functools.partial(common_pb2.Artifact, size=40_000, sha256=digest, media_type="image/png")
    prefix = f"owners/local/pictures/{digest}"
    return common_pb2.Picture(
        source=file(key=f"{prefix}/source"),
        cutout=file(key=f"{prefix}/cutout.png"),
        thumbnail=file(key=f"{prefix}/thumbnail.png"),
        width=512,
        height=512,
        box=common_pb2.Box(right=512, bottom=512),
    )


async def _work(tx: Tx, job_id: str, *, succeed: bool) -> None:
    """Does all that there is to do for a job, or tries to."""
    made = tables.runs
    query = sa.select(made.c.id).where(made.c.job_id == job_id, made.c.state == "queued").limit(1)
    while row := await tx.one(query):
        held = (await runs.claim(tx, row["id"], "bench", _TIMING)).assignment
        await runs.complete(tx, _success(held) if succeed else _failure(held))


def _failure(held: runs_pb2.Assignment) -> runs_pb2.CompleteRequest:
    failure = common_pb2.Error(code="internal", message="The benchmark wanted it to fail; try again.")
    return runs_pb2.CompleteRequest(run_id=held.run_id, attempt=held.attempt, failure=failure)


def _success(held: runs_pb2.Assignment) -> runs_pb2.CompleteRequest:
    prefix = f"{held.prefix}/{held.attempt}"
    file = functools.partial(common_pb2.Artifact, size=90_000, sha256="c" * 64, media_type="image/png")
    names = [f"made/{number}.png" for number in range(4)]
    success = runs_pb2.Success(
        manifest=file(key=f"{prefix}/manifest.json", name="manifest.json"),
        outputs=[file(key=f"{prefix}/{name}", name=name) for name in names],
        takes=1,
        backend="bench",
        seconds=1.0,
        thumbnail=names[0],
        details=json_format.ParseDict({"zip": names[0], "breaches": []}, struct_pb2.Struct()),
    )
    return runs_pb2.CompleteRequest(run_id=held.run_id, attempt=held.attempt, success=success)
