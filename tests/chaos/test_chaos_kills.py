"""kill -9 of any process at any moment: every job ends complete and each run is done once."""

import random
import time

import pytest

from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine, states
from tests.fixtures.stack import wait_over

VICTIMS = ("orchestrator", "noop", "nats", "gateway")
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 21))]


@pytest.mark.parametrize("seed", SEEDS)
def test_jobs_end_complete_whichever_process_is_killed_whenever(spine: Spine, seed: int) -> None:
    chance = random.Random(seed)
    jobs = []
    with spine.stack.client(patience_s=30) as client:
        for victim in chance.sample(VICTIMS, len(VICTIMS)):
            jobs.append(spine.order(client, actions=2))
            time.sleep(chance.uniform(0.0, 1.5))
            spine.stack.kill(victim)
            print(f"seed {seed}: kill -9 {victim}")
        assert set(states(wait_over(client, jobs))) == {JobState.DONE}


@pytest.mark.full
def test_a_job_outlives_the_death_of_every_process_at_once(spine: Spine) -> None:
    with spine.stack.client(patience_s=30) as client:
        job = spine.order(client, actions=4)
        spine.until_running(job)
        for name in spine.stack.pids():
            spine.stack.kill(name)
        assert states(wait_over(client, [job])) == [JobState.DONE]
