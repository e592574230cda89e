"""`python -m bench.load`: how much the control plane carries on this machine, with PostgreSQL and JetStream on it too.

Open loop: jobs of eight actions arrive at random moments at a fixed rate, latency counts from the moment they were
meant to. The unit is a run result applied, four per action. `rate`: up to the knee, and in the same run bare
transactions and publishes (what the parts underneath carry alone) and procrastinate with four chained jobs per action
on the same server. `sizes`: what a full table costs. `overload`: twice the knee. `owners`: a hundred of them at once.
"""

import argparse
import asyncio

from bench import machine
from bench.load import overload, owners, plot, rates, report, sizes
from bench.load.rig import running

PARTS = ("rate", "sizes", "overload", "owners")
HELD_S, OVERLOADED_S, CROWDED_S = 300.0, 120.0, 120.0


async def main(parts: list[str], knee: float, seconds: float | None) -> None:
    if "rate" in parts:
        async with running() as rig:
            found = await rates.measure(rig, seconds or HELD_S)
        plot.write(found.steps)
        machine.write("load", "What the control plane carries", report.rates(found))
    if "sizes" in parts:
        async with running() as rig:
            machine.write("load_sizes", "What a full table costs", report.sizes(*await sizes.measure(rig)))
    if "overload" in parts:
        async with running(env=overload.ENV) as rig:
            over = await overload.measure(rig, knee, seconds or OVERLOADED_S)
        machine.write("load_overload", "Twice what is carried", report.overloaded(over))
    if "owners" in parts:
        async with running(env=owners.ENV) as rig:
            crowd = await owners.measure(rig, knee, seconds or CROWDED_S)
        machine.write("load_owners", "A hundred owners", report.crowd(crowd))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be said more than once")
    parser.add_argument("--knee", type=float, default=50.0, help="actions per second that are carried (default 50)")
    parser.add_argument("--seconds", type=float, help="how long a rate is held (default 300; overload and owners 120)")
    asked = parser.parse_args()
    asyncio.run(main(asked.part or list(PARTS), asked.knee, asked.seconds))
