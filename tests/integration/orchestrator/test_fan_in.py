"""Fault 14: all actions of a set end at the same moment, and one of them for good."""

import asyncio
import random

import pytest

from services.orchestrator import tables
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.work import TAKEN, Hand

ACTIONS = 8


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(3, 31))])
async def test_a_set_whose_actions_end_at_once_is_assembled_once_without_the_failed(
    house: Orchestrator, hand: Hand, seed: int
) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)
    job = await house.create(*["joy"] * ACTIONS)
    await hand.work(job.id, until="pack")
    held = [await hand.take(run["id"]) for run in await hand.queued(job.id, "pack")]
    failing = chance.choice(held)
    chance.shuffle(held)

    async def end(number: int) -> None:
        await asyncio.sleep(chance.uniform(0, 0.01))
        ended = hand.fail(held[number]) if held[number] is failing else hand.succeed(held[number])
        assert await ended == TAKEN

    await asyncio.gather(*map(end, range(ACTIONS)))
    (assembly,) = await house.rows(tables.runs, tables.runs.c.job_id == job.id, tables.runs.c.stage == "assemble")
    assert len(await house.rows(tables.outbox, tables.outbox.c.run_id == assembly["id"])) == 1
    items = [item["action_id"] for item in assembly["parameters"]["items"]]
    assert items == [action.id for action in job.actions if action.id != failing.action_id]
    await hand.work(job.id)
    assert [each["number"] for each in await house.rows(tables.runs, tables.runs.c.stage == "assemble")] == [1]
