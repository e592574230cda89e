"""People change their minds at random while processes are killed: whatever they do, everything still holds."""

import random
import time
from contextlib import suppress

import httpx
import pytest

from popcon import errors, rest
from popcon.client import Popcon
from popcon.rest import ActionStage, ActionState, Choice, JobState, Stage
from tests.chaos.spine_jobs import Spine
from tests.fixtures.stack import eventually

VICTIMS = ("orchestrator", "noop", "nats", "gateway")
CHANGES = 30
KILL_EVERY = 15
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
                change_something(client, chance.choice(jobs), chance, spine.stack.url)
            if number % KILL_EVERY == 0:
                spine.stack.kill(chance.choice(VICTIMS))
            time.sleep(chance.uniform(0, 0.1))
        for job in jobs:
            eventually(lambda job=job: is_at_rest(client, job), f"{job.id} comes to rest", 45)  # type: ignore[misc]


def change_something(client: Popcon, job: rest.Job, chance: random.Random, url: str) -> None:
    """One thing that a person may do to a job or to one of its actions, wise or not."""
    action = chance.choice(client.job(job.id).actions)
    stage = chance.choice([None, *ActionStage])
    match chance.randrange(12):
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
        case 10 | 11:
            touch_up(f"{url}/v1/jobs/{job.id}/actions/{action.id}/edits", url, chance.choice(("apply", "discard")))


def touch_up(edits: str, url: str, end: str) -> None:
    """Opens an edit, restores a box and ends it; leaves off where it is refused or nobody answers."""
    box = {"left": 0, "top": 0, "right": 9, "bottom": 9}
    with suppress(httpx.TransportError), httpx.Client(timeout=10, trust_env=False) as http:
        opened = http.post(edits)
        if opened.is_success:
            edit = f"{url}/v1/edits/{opened.json()['id']}"
            version = opened.json()["version"]
            http.post(f"{edit}/operations", json={"version": version, "operation": {"kind": "restore", "box": box}})
            http.post(f"{edit}/{end}", json={"version": version + 1})


def is_at_rest(client: Popcon, job: rest.Job) -> bool:
    """Whether only people can move it on, and its sets are made."""
    now = client.job(job.id)
    is_done = any(action.state is ActionState.DONE for action in now.actions)
    pending = is_done and any(each.state is rest.SetState.PENDING for each in now.sets)
    return now.state not in {JobState.QUEUED, JobState.RUNNING} and not pending
