"""A sample of what `make fuzz` asks, always the same."""

import asyncio
from pathlib import Path

from popcon import rpc
from popcon.v1 import access_pb2 as pb
from services.orchestrator import tables
from tests.fixtures.api_fuzz import fuzz
from tests.fixtures.gateway import Script, gateway, scripted_services
from tests.fixtures.orchestrator import Orchestrator, orchestrator
from tests.fixtures.work import Hand

OWNER = "anna"


async def test_no_answer_is_other_than_described(tmp_path: Path) -> None:
    script = Script()
    async with (
        orchestrator(tmp_path) as house,
        scripted_services(script) as services,
        gateway(tmp_path, script, services, orchestrator=house.address, keys_required=True) as gate,
    ):
        made = await rpc.call(house.access.CreateKey, pb.CreateKeyRequest(owner=OWNER, scope="SCOPE_ADMIN"))
        known = await a_world(house)
        found = await asyncio.to_thread(
            fuzz, gate.url, made.secret, seed=20261124, examples=1, phases=("fuzzing", "stateful"), known=known
        )
    assert found.failures == {}
    assert max(found.statuses) < 500
    assert found.total > 100
    assert {200, 201, 404, 422} <= set(found.statuses)


async def a_world(house: Orchestrator) -> dict[str, list[str]]:
    """A job that awaits review, and the ids in it."""
    picture = await house.picture(OWNER)
    job = await house.create("joy", owner=OWNER, review=True, targets=["web"])
    run = (await house.rows(tables.runs, tables.runs.c.job_id == job.id))[0]["id"]
    hand = Hand(house)
    await hand.succeed(await hand.take(run))
    known = {"picture": picture.id, "job": job.id, "action": job.actions[0].id, "run": run}
    return {name: [value] for name, value in {**known, "target": "web", "preset": "wave"}.items()}
