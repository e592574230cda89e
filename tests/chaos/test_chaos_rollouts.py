"""Fault 12: processes are told to go while they work, as a rollout does it, one after the other."""

import signal

import pytest

from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine, states, waits_s
from tests.fixtures.stack import wait_over

TAKEN_S = 5.0
ROLLED = ("noop", "orchestrator")


@pytest.mark.full
@pytest.mark.parametrize("rounds", [1, 4])
def test_a_rollout_costs_no_attempt(spine: Spine, rounds: int) -> None:
    """What is in hand is finished, or handed back and taken at once; nothing fails."""
    stack = spine.stack
    jobs = []
    with stack.client(patience_s=30) as client:
        for name in ROLLED * rounds:
            jobs.append(spine.order(client, actions=2))
            spine.until_running(jobs[-1])
            stack.kill(name, signal.SIGTERM)
            stack.wait_ready()
        assert set(states(wait_over(client, jobs))) == {JobState.DONE}
    runs = [run for job in jobs for run in spine.runs(job, "succeeded")]
    assert {(run["losses"], run["tries"]) for run in runs} == {(0, 0)}
    released = [waited for job in jobs for waited in waits_s(spine.story(job), "run.released")]
    assert max(released, default=0.0) <= TAKEN_S
