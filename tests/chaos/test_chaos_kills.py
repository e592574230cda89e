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


@pytest.mark.full
def test_work_that_kills_its_worker_each_time_fails_with_that_reason_and_its_neighbour_does_not(spine: Spine) -> None:
    deaths, neighbours = 0, []
    with spine.stack.client() as client:
        poison = spine.order(client)
        while not spine.runs(poison, "failed"):
            if any(run["attempt"] > deaths for run in spine.runs(poison, "running")):
                spine.stack.kill("noop")
                deaths += 1
                # Ordered only now: what dies with the poison at each of its five deaths shares its fate.
                neighbours += [spine.order(client)] if deaths in (1, 4) else []
            time.sleep(0.02)
        ended, *others = wait_over(client, [poison, *neighbours])
    (action,) = ended.actions
    assert (ended.state, deaths) == (JobState.FAILED, 5)
    assert action.failure is not None
    assert action.failure.code == "worker_lost"
    assert "vanished 5 times" in action.failure.message
    assert states(others) == [JobState.DONE, JobState.DONE]
