"""NATS loses its store, or is away while jobs are made: SQL knows what is to be done, and it is done."""

import re

import pytest

from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine, states
from tests.fixtures.stack import eventually, wait_over

BACKLOG = 16
"""Tasks of a stage and lane that wait in the stream; the others wait in SQL."""


@pytest.mark.parametrize("count", [5, pytest.param(50, marks=pytest.mark.full)])
def test_a_wiped_stream_loses_no_work(spine: Spine, count: int) -> None:
    """Fault 10: so many jobs are in flight, one of them in a worker's hands."""
    with spine.stack.client() as client:
        with spine.stack.down("noop"):
            jobs = [spine.order(client) for _ in range(count)]
            eventually(lambda: spine.tasks_held() == min(count, BACKLOG), "their tasks are in the stream")
        spine.until_running(jobs[0])
        before = lost_tasks(spine)
        spine.stack.wipe_stream()
        assert JobState.DONE not in states(client.job(job.id) for job in jobs)
        assert set(states(wait_over(client, jobs))) == {JobState.DONE}
    assert lost_tasks(spine) > before


def lost_tasks(spine: Spine) -> float:
    """How many the orchestrator says that it had to publish again."""
    found = re.search(r'popcon_runs_reconciled_total\{why="task_lost"\} (\S+)', spine.metrics())
    return float(found[1]) if found else 0.0


def test_jobs_made_while_nats_is_away_are_done_when_it_is_back(spine: Spine) -> None:
    with spine.stack.client() as client:
        with spine.stack.down("nats"):
            jobs = [spine.order(client) for _ in range(3)]
            assert set(states(client.job(job.id) for job in jobs)) == {JobState.QUEUED}
        assert set(states(wait_over(client, jobs))) == {JobState.DONE}
