"""`python -m bench.load`: how much the control plane carries on this machine, with PostgreSQL and JetStream on it too.

Open loop: jobs of eight actions arrive at random moments at a fixed rate, latency counts from the moment they were
meant to. The unit is a run result applied, four per action. Beside it, in the same run: bare transactions and publishes
(what the parts underneath carry alone), and procrastinate with four chained jobs per action on the same server.
"""

import argparse
import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import machine
from bench.load import peer, phases, sizes, sound
from bench.load.phases import Step
from bench.load.rig import Rig, running

RESULTS_WANTED = 200.0
RATES = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0]
DRAINED_JOBS = 60
PEER_ACTIONS = 400
SMALL, LARGE = 1_000, 100_000


async def main(seconds: float, parts: set[str]) -> None:
    if "rate" in parts:
        async with running() as rig:
            machine.write("load", "What the control plane carries", await _rates(rig, seconds))
    if "sizes" in parts:
        async with running() as rig:
            machine.write("load_sizes", "What a full table costs", await _sizes(rig))


async def _rates(rig: Rig, seconds: float) -> str:
    drained = await phases.drained_per_second(rig, DRAINED_JOBS)
    beside = await peer.actions_per_second(rig, PEER_ACTIONS)
    steps = await phases.knee(rig, RATES)
    held = await phases.hold(rig, RESULTS_WANTED / 4, seconds, seed=99)
    deliveries = rig.tally["deliveries"] / max(rig.tally["tasks"], 1)
    (jobs,) = await rig.rows("SELECT count(*) FROM jobs")
    found = await sound.breaches(rig, int(jobs[0]))
    ceilings = await phases.ceilings(rig)  # last: what it publishes is work for the workers
    rows: list[list[object]] = [[name, f"{figure:.0f}", f"{drained / figure:.2f}"] for name, figure in ceilings.items()]
    return "\n\n".join(
        [
            "## A full queue worked off",
            f"**{drained:.0f} results per second**, {drained / 4:.0f} actions. procrastinate ends {beside:.0f} actions "
            f"per second: ratio **{drained / 4 / beside:.2f}**.",
            machine.table(["alone, per second", "figure", "results are so much of it"], rows),
            f"## {RESULTS_WANTED:.0f} results per second for {seconds:.0f} s",
            _table([held]),
            f"Deliveries per task, over all of it: {deliveries:.4f}. What must not be, and was not found: "
            + ", ".join(f"{name} {count}" for name, count in found.items())
            + ".",
            "## Up to the knee",
            _table(steps),
        ]
    )


def _table(steps: list[Step]) -> str:
    rows: list[list[object]] = [
        [
            f"{step.offered.rate:.0f}",
            f"{step.results:.0f}",
            "yes" if step.carried else "no",
            *(f"{step.offered.percentile(share) * 1e3:.0f}" for share in (0.5, 0.95, 0.99)),
            sum(step.offered.refused.values()),
            step.waiting,
            f"{step.drained_s:.1f}",
        ]
        for step in steps
    ]
    head = [
        "actions/s offered",
        "results/s",
        "carried",
        "API p50 ms",
        "p95",
        "p99",
        "refused",
        "runs left",
        "drained in s",
    ]
    return machine.table(head, rows)


async def _sizes(rig: Rig) -> str:
    job = await sizes.finished_job(rig)
    found = []
    filled = 0
    for wanted in (SMALL, LARGE):
        await sizes.fill(rig, job, wanted - filled, filled)
        filled = wanted
        found.append(await sizes.costs(rig, wanted))
    small, large = found
    rows: list[list[object]] = [
        [name, f"{a:.1f}", f"{b:.1f}", f"{b / a:.2f}"]
        for name, a, b in (
            ("list 50", small.list_ms, large.list_ms),
            ("get", small.get_ms, large.get_ms),
            ("transition", small.transition_ms, large.transition_ms),
        )
    ]
    head = ["call through the API, median ms", f"{SMALL:,} jobs", f"{LARGE:,} jobs", "ratio"]
    plans = "\n".join(f"    {line}" for line in await sizes.plans(rig))
    return f"{machine.table(head, rows)}\n\nQuery plans:\n\n{plans}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0, help="how long the wanted rate is held (default 300)")
    parser.add_argument("--part", action="append", choices=["rate", "sizes"], help="only this; may be said twice")
    asked = parser.parse_args()
    asyncio.run(main(asked.seconds, set(asked.part or ["rate", "sizes"])))
