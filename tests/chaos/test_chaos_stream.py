"""NATS loses its store, or is away while jobs are made: SQL knows what is to be done, and it is done."""

import pytest

from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine, states
from tests.fixtures.stack import wait_over


@pytest.mark.parametrize("waiting", [pytest.param(0, marks=pytest.mark.full), 4])
def test_a_wiped_stream_loses_no_work(spine: Spine, waiting: int) -> None:
    """`waiting`: jobs behind the one in hand, whose tasks are in the stream when it goes."""
    with spine.stack.client() as client:
        jobs = [spine.order(client) for _ in range(1 + waiting)]
        spine.until_running(jobs[0])
        spine.stack.wipe_stream()
        assert set(states(wait_over(client, jobs))) == {JobState.DONE}


def test_jobs_made_while_nats_is_away_are_done_when_it_is_back(spine: Spine) -> None:
    with spine.stack.client() as client:
        with spine.stack.down("nats"):
            jobs = [spine.order(client) for _ in range(3)]
            assert set(states(client.job(job.id) for job in jobs)) == {JobState.QUEUED}
        assert set(states(wait_over(client, jobs))) == {JobState.DONE}
