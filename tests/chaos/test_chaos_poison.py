"""An input that kills its worker each time: it fails with that reason, its neighbours are made, a person decides."""

import contextlib
import sqlite3
import time

import pytest

from popcon.rest import DeadLetterState, Job, JobState, Stage
from services.orchestrator.rules import retry
from tests.chaos.spine_jobs import Spine, states
from tests.fixtures.stack import eventually, popcon, wait_over


@pytest.mark.parametrize("hurry", [True, pytest.param(False, marks=pytest.mark.full)])
def test_a_poisoned_input_ends_as_a_dead_letter_while_its_neighbours_are_made(spine: Spine, hurry: bool) -> None:
    """`hurry`: leases and delays are over as soon as they may be; else they take the time that they take."""
    with spine.stack.client() as client:
        poison = spine.order_poison(client)
        neighbours = [spine.order(client) for _ in range(2)]
        give_up = time.monotonic() + 60
        while not spine.runs(poison, "failed"):
            assert time.monotonic() < give_up, spine.runs(poison, "running") or spine.runs(poison, "queued")
            if hurry:
                let_time_pass(spine, poison)
            time.sleep(0.05)
        assert states(wait_over(client, [poison, *neighbours])) == [JobState.FAILED, JobState.DONE, JobState.DONE]
        (run,) = spine.runs(poison, "failed")
        assert (run["attempt"], run["losses"]) == (retry.LOSSES_MAX, retry.LOSSES_MAX)
        letter = client.dead_letters.get(run["id"])
        assert (letter.state, letter.label, letter.stage) == (DeadLetterState.OPEN, "Poison", Stage.STARTFRAME)
        assert letter.failure is not None
        assert (letter.failure.code, letter.losses) == ("worker_lost", retry.LOSSES_MAX)
        assert letter.wasted_seconds == pytest.approx(run["wasted"])
        assert run["id"] in popcon("dead-letters", "list", "--data", spine.stack.folder.root).stdout
        eventually(lambda: 'popcon_dead_letters_open{stage="startframe"} 1.0' in spine.metrics(), "it is counted")
        assert 'popcon_worker_seconds_total{kind="wasted",stage="startframe"}' in spine.metrics()
        assert client.dead_letters.discard(run["id"]).state is DeadLetterState.DISCARDED


def let_time_pass(spine: Spine, job: Job) -> None:
    """The lease of the dead worker has run out, and the delay before the next attempt is over."""
    now = int(time.time() * 1000)
    for run in spine.runs(job, "running"):
        if run["lease_until"] > now:
            change(spine, "UPDATE runs SET lease_until = 1 WHERE id = ?", run["id"])
    for run in spine.runs(job, "queued"):
        if run["not_before"] > now:
            change(spine, "UPDATE runs SET not_before = 0 WHERE id = ?", run["id"])
            change(spine, "UPDATE outbox SET not_before = 0 WHERE run_id = ?", run["id"])


def change(spine: Spine, statement: str, run_id: str) -> None:
    with contextlib.closing(sqlite3.connect(spine.stack.folder.database, timeout=10)) as database, database:
        database.execute(statement, (run_id,))
