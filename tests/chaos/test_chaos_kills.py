"""kill -9 of any process at any moment: every job ends complete and each run is done once."""

import random
import time

import pytest

from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine, states, wait_over

VICTIMS = ("orchestrator", "noop", "nats", "gateway")
KILLS = 6
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 13))]


@pytest.mark.parametrize("seed", SEEDS)
def test_jobs_end_complete_whichever_process_is_killed_whenever(spine: Spine, seed: int) -> None:
    chance = random.Random(seed)
    jobs = []
    with spine.stack.client(patience_s=30) as client:
        for victim in chance.sample(VICTIMS * 2, KILLS):
            jobs.append(spine.order(client, actions=2))
            time.sleep(chance.uniform(0.0, 1.0))
            spine.stack.kill(victim)
            print(f"seed {seed}: kill -9 {victim}")
        assert set(states(wait_over(client, jobs))) == {JobState.DONE}


def test_work_that_kills_its_worker_each_time_fails_with_that_reason_and_its_neighbours_do_not(spine: Spine) -> None:
    with spine.stack.client() as client:
        poison, neighbour = spine.order(client), spine.order(client, actions=2)
        killed = 0
        while not spine.runs(poison, "failed"):
            for run in spine.runs(poison, "running"):
                if run["attempt"] > killed:
                    spine.stack.kill("noop")
                    killed = run["attempt"]
            time.sleep(0.02)
        ended, other = wait_over(client, [poison, neighbour])
    (action,) = ended.actions
    assert (ended.state, other.state) == (JobState.FAILED, JobState.DONE)
    assert action.failure is not None
    assert (action.failure.code, action.failure.field) == ("worker_lost", "")
    assert "vanished 5 times" in action.failure.message
    assert action.runs[-1].attempt == 5
