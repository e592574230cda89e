"""The checker finds what it is there to find: each damage to a sound data folder is named."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from popcon.rest import JobState
from popcon.stack import Folder
from tests.chaos.spine_jobs import Spine
from tests.fixtures.invariants import breaches, read
from tests.fixtures.stack import wait_over

LAST = "(SELECT id FROM runs WHERE stage = 'pack' ORDER BY id DESC LIMIT 1)"
DAMAGE = {
    "actions rest": ("UPDATE actions SET state = 'running'", "is running"),
    "runs end": (f"UPDATE runs SET state = 'queued' WHERE id = {LAST}", "is queued"),
    "a run succeeds once": (
        "INSERT INTO events SELECT job_id, (SELECT max(seq) + 1 FROM events AS all_events WHERE "
        "all_events.job_id = events.job_id), owner, at, type, action_id, stage, target, run, data FROM events "
        "WHERE type = 'run.succeeded' AND stage = 'motion'",
        "succeeded then run.succeeded",
    ),
    "attempts are counted": ("UPDATE runs SET attempt = 7 WHERE stage = 'matte'", "is at attempt 7"),
    "events have no gap": ("DELETE FROM events WHERE seq = 3", "are not 1 to"),
    "actions move legally": (
        "UPDATE events SET data = replace(data, 'running', 'cancelled') WHERE type = 'action.changed'",
        "went from cancelled to",
    ),
    "actions are what happened": ("UPDATE actions SET version = 99", "at 99; its events say"),
    "the row is the manifest's": (f"UPDATE runs SET outputs = '[]' WHERE id = {LAST}", "says something else"),
    "the outbox empties": ("UPDATE outbox SET published_at = NULL", "waits in the outbox"),
    "letters are of failed runs": (
        "UPDATE runs SET dead_letter = 'open' WHERE stage = 'matte'",
        "its letter is 'open'",
    ),
    "seconds are counted once": ("UPDATE runs SET wasted = 1e6 WHERE stage = 'motion'", "wasted 1000000.0 s"),
    "the ledger is what runs took": (
        "UPDATE worker_seconds SET seconds = 99 WHERE stage = 'pack'",
        "and the ledger 99",
    ),
    "an attempt is in the ledger once": (
        "INSERT INTO worker_seconds SELECT run_id, attempt, kind, at + 1, owner, job_id, stage, 1 FROM worker_seconds "
        "WHERE stage = 'matte'",
        "s useful and the ledger",
    ),
    "hours are the ledger's": ("UPDATE worker_hours SET runs = 9 WHERE stage = 'pack'", "another runs than the ledger"),
    "stored bytes are what is stored": ("UPDATE stored_bytes SET bytes = 7", "is said to store 7 bytes"),
    "summaries are projections": ("UPDATE job_summaries SET state = 'failed'", "rebuilt it says"),
    "sets are made": ("UPDATE runs SET state = 'superseded' WHERE stage = 'assemble'", "the line-emoji set of"),
    "sets hold what is done": (
        "UPDATE runs SET parameters = json_set(parameters, '$.items', json('[]')) WHERE stage = 'assemble'",
        "holds [] and should hold",
    ),
}


@pytest.fixture(scope="module")
def sound(shared_spine: Spine, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A copy of a data folder with one finished job and nothing wrong."""
    stack = shared_spine.stack
    with stack.client() as client:
        (job,) = wait_over(client, [shared_spine.order(client)])
        assert job.state is JobState.DONE
    copy = Folder(tmp_path_factory.mktemp("copy") / "data")
    clone(stack.folder, copy)
    with changing(copy) as database:
        for table in ("actions", "runs", "events", "job_summaries"):
            database.execute(f"DELETE FROM {table} WHERE job_id != ?", (job.id,))
        database.execute("DELETE FROM jobs WHERE id != ?", (job.id,))
    for other in (copy.artifacts / "owners" / "local" / "jobs").iterdir():
        if other.name != job.id:
            shutil.rmtree(other)
    assert breaches(read(copy)) == []
    return copy


@pytest.fixture
def folder(sound: Folder, tmp_path: Path) -> Folder:
    """A copy of it to damage."""
    copy = Folder(tmp_path / "data")
    clone(sound, copy)
    return copy


def clone(source: Folder, copy: Folder) -> None:
    copy.make()
    shutil.copytree(source.artifacts, copy.artifacts, dirs_exist_ok=True)
    with changing(source) as live, changing(copy) as still:
        live.backup(still)


@contextlib.contextmanager
def changing(folder: Folder) -> Iterator[sqlite3.Connection]:
    """Its database; what was changed is committed at the end."""
    with contextlib.closing(sqlite3.connect(folder.database)) as database, database:
        yield database


@pytest.mark.parametrize("rule", DAMAGE)
def test_damaged_rows_are_found(folder: Folder, rule: str) -> None:
    statement, words = DAMAGE[rule]
    with changing(folder) as database:
        assert database.execute(statement).rowcount > 0
    assert any(words in breach for breach in breaches(read(folder))), breaches(read(folder))


@pytest.mark.parametrize("name", ["manifest.json", "nothing.txt", "set.zip"])
def test_a_file_that_was_changed_or_lost_is_found(folder: Folder, name: str) -> None:
    file = next(folder.artifacts.rglob(name))
    file.write_bytes(b"other")
    assert any("is not what was stored" in breach for breach in breaches(read(folder)))
    shutil.rmtree(file.parent)
    assert any("as it was recorded" in breach for breach in breaches(read(folder)))
