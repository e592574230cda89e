"""`python -m bench.load.soak`: work while something is killed every ten seconds.

The rate is 70 % of the knee. Every timer is a tenth of its default, so that a minute holds as many deadlines as ten
minutes of life. Which process dies, and when, comes from a seed. In the end everything that was accepted must be done,
once, and memory must not have grown: minutes 8 to 10 beside minutes 3 to 5.
"""

import argparse
import asyncio
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from statistics import mean

from bench import machine
from bench.load import arrivals, sound
from bench.load.rig import WORKER, Rig, running

SCALE = 10
TIMERS = {"POPCON_LEASE_S": "1.5", "POPCON_RECONCILE_S": "0.2", "POPCON_GRACE_S": "2.5"}
"""A tenth of the defaults."""

KILL_EVERY_S = 10.0
VICTIMS = ("nats", "orchestrator", "gateway", WORKER, "postgres")
EARLY, LATE = (0.2, 0.5), (0.7, 1.0)
"""Shares of the time whose memory is compared: minutes 3 to 5 and 8 to 10 of ten."""


async def main(rate: float, seconds: float, seed: int) -> None:
    print(f"seed {seed}, timers at one {SCALE}th")
    async with running(env=TIMERS) as rig:
        memory: dict[str, list[tuple[float, float]]] = defaultdict(list)
        killed: Counter[str] = Counter()
        began = time.monotonic()
        watching = asyncio.create_task(_watch(rig, began, memory))
        killing = asyncio.create_task(_kill(rig, seed, killed))
        offered = await arrivals.offer(arrivals.through_rest(rig), rate, seconds, seed)
        killing.cancel()
        watching.cancel()
        await rig.stack.wait_ready()
        drained_s = await rig.drain(600)
        found = await sound.breaches(rig, offered.accepted)
        lost = int((await rig.rows("SELECT coalesce(sum(losses), 0) FROM runs"))[0][0])
    rows: list[list[object]] = [[name, count] for name, count in found.items()]
    growth: list[list[object]] = [_growth(name, memory[name], seconds) for name in sorted(memory)]
    kills = ", ".join(f"{name} {count}" for name, count in sorted(killed.items()))
    body = [
        f"{rate:.0f} actions per second offered for {seconds:.0f} s, {killed.total()} processes killed ({kills}), seed "
        f"{seed}, every timer at one {SCALE}th. {offered.accepted} jobs accepted, {sum(offered.refused.values())} "
        f"calls refused or cut off; {lost} attempts lost with their worker; drained in {drained_s:.1f} s.",
        machine.table(["what must not be", "found"], rows),
        machine.table(["process", "MB, at 20-50 % of the time", "MB, at 70-100 %", "ratio"], growth),
    ]
    machine.write("soak", "Kills under load", "\n\n".join(body))
    sys.exit(any(found.values()))


async def _kill(rig: Rig, seed: int, killed: Counter[str]) -> None:
    chance = random.Random(seed)
    while True:
        await asyncio.sleep(KILL_EVERY_S)
        victim = chance.choice(VICTIMS)
        killed[victim] += 1
        match victim:
            case "postgres":
                rig.postgres.kill()
                await rig.postgres.start()
            case _:
                rig.stack.kill(victim, signal.SIGKILL)


async def _watch(rig: Rig, began: float, memory: dict[str, list[tuple[float, float]]]) -> None:
    while True:
        for name, megabytes in rig.memory_mb().items():
            memory[name].append((time.monotonic() - began, megabytes))
        await asyncio.sleep(1.0)


def _growth(name: str, seen: list[tuple[float, float]], seconds: float) -> list[object]:
    early, late = (
        mean(megabytes for at, megabytes in seen if share[0] <= at / seconds < share[1]) for share in (EARLY, LATE)
    )
    return [name, f"{early:.0f}", f"{late:.0f}", f"{late / early:.2f}"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, required=True, help="actions per second: 70 %% of the knee")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asyncio.run(main(asked.rate, asked.seconds, asked.seed))
