"""People change their minds at random while processes are killed: whatever they do, everything still holds."""

import random
import time
from contextlib import suppress

import pytest

from popcon import errors, rest
from popcon.client import Popcon
from popcon.rest import ActionStage, ActionState, Choice, JobState, Stage
from tests.chaos.spine_jobs import Spine
from tests.fixtures.stack import eventually

VICTIMS = ("orchestrator", "noop", "nats", "gateway")
CHANGES = 40
KILL_EVERY = 20
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 13))]
REFUSALS = (errors.WrongState, errors.StaleVersion, errors.NotFound, errors.InvalidRequest)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_people_do_every_action_comes_to_rest(spine: Spine, seed: int) -> None:
    chance = random.Random(seed)
    print(f"seed {seed}")
    with spine.stack.client(patience_s=30) as client:
        jobs = [spine.order(client, 2, review=review, refine=review, takes=2) for review in (True, False)]
        for number in range(1, CHANGES + 1):
            with suppress(*REFUSALS):
                change_something(client, chance.choice(jobs), chance)
            if number % KILL_EVERY == 0:
                spine.stack.kill(chance.choice(VICTIMS))
            time.sleep(chance.uniform(0, 0.1))
        for job in jobs:
            eventually(lambda job=job: is_at_rest(client, job), f"{job.id} comes to rest", 45)  # type: ignore[misc]


def change_something(client: Popcon, job: rest.Job, chance: random.Random) -> None:
    """One thing that a person may do to a job or to one of its actions, wise or not."""
    action = chance.choice(client.job(job.id).actions)
    stage = chance.choice([None, *ActionStage])
    match chance.randrange(10):
        case 0:
            client.approve(action, run=chance.randint(0, 2), take=chance.randint(0, 2))
        case 1:
            client.approve_job(job.id)
        case 2:
            client.regenerate(action)
        case 3:
            run = chance.choice(action.runs)
            if run.stage is not Stage.ASSEMBLE:
                picked = Choice(stage=ActionStage(run.stage), target=run.target, run=run.number, take=1)
                client.select(action, picked)
        case 4 | 5:
            client.resume(action, stage)
        case 6:
            client.cancel(action)
        case 7 | 8:
            client.skip(action)
        case 9:
            client.resume_job(job.id, stage)


def is_at_rest(client: Popcon, job: rest.Job) -> bool:
    """Whether only people can move it on, and its sets are made."""
    now = client.job(job.id)
    is_done = any(action.state is ActionState.DONE for action in now.actions)
    pending = is_done and any(each.state is rest.SetState.PENDING for each in now.sets)
    return now.state not in {JobState.QUEUED, JobState.RUNNING} and not pending
