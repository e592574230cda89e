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
        for _ in range(KILLS):
            jobs.append(spine.order(client, actions=3))
            time.sleep(chance.uniform(0.0, 1.2))
            victim = chance.choice(VICTIMS)
            spine.stack.kill(victim)
            print(f"seed {seed}: kill -9 {victim}")
        assert set(states(wait_over(client, jobs))) == {JobState.DONE}
