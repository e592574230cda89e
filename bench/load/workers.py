"""Workers that make nothing: `python -m bench.load.workers ORCHESTRATOR NATS`.

Every stage of both lanes, one task per slot, each claimed, completed, and acknowledged after that, as a real worker
does. Twice a second a line of JSON says how much was delivered and done.
"""

import asyncio
import contextlib
import json
import sys
import uuid
from collections import Counter

from popcon import errors
from popcon.bus import LANES, STAGES, Bus, Puller
from popcon.manifest import Manifest
from popcon.storage import Artifact
from popcon.v1 import runs_pb2, tasks_pb2
from popcon.worker.claims import CONTINUE, HELD, Claims

SLOTS = {"batch": 12, "interactive": 1}
"""Per stage."""

LOOKS = 100
"""Between two questions whether the consumer is still there."""

WORK_S = 0.001
"""What each run is said to have taken: the orchestrator estimates waits from what workers say of their work."""

_DETAILS = {"zip": "", "breaches": [{"rule": "none", "file": "", "message": "made by a benchmark"}]}


async def main(orchestrator: str, nats: str) -> None:
    bus, claims, tally = Bus(nats, "load"), Claims(orchestrator), Counter[str]()
    await bus.open()
    slots = [_slot(bus, claims, stage, lane, tally) for stage in STAGES for lane in LANES for _ in range(SLOTS[lane])]
    await asyncio.gather(_tell(tally), *slots)


async def _slot(bus: Bus, claims: Claims, stage: str, lane: str, tally: Counter[str]) -> None:
    while True:
        with contextlib.suppress(errors.PopconError):
            puller = await bus.bind(stage, lane)
            while await puller.exists():
                await _look(puller, claims, stage, tally)
        await asyncio.sleep(0.5)


async def _look(puller: Puller, claims: Claims, stage: str, tally: Counter[str]) -> None:
    for _ in range(LOOKS):
        message = await puller.pull(2.0)
        if message is None:
            return
        tally["deliveries"] += 1
        tally["tasks"] += message.metadata.num_delivered == 1
        try:
            claim = await claims.claim(tasks_pb2.Task.FromString(message.data).run_id, uuid.uuid4().hex)
            if claim.verdict == CONTINUE:
                await _succeed(claims, claim.assignment, stage)
                tally["results"] += stage != "assemble"
        except errors.PopconError:
            tally["errors"] += 1
            continue
        if claim.verdict != HELD:
            await message.ack()


async def _succeed(claims: Claims, held: runs_pb2.Assignment, stage: str) -> None:
    key = f"{held.prefix}/{held.attempt}/manifest.json"
    stored = Artifact(key, 1, uuid.uuid4().hex * 2, "application/json")
    made = Manifest(
        run_id=held.run_id, attempt=held.attempt, stage=stage, backend="load", seed=0, takes=1, seconds=WORK_S,
        outputs=(), details=_DETAILS,
    )  # fmt: skip
    await claims.succeed(held, stored, made)


async def _tell(tally: Counter[str]) -> None:
    while True:
        await asyncio.sleep(0.5)
        print(json.dumps(tally), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
