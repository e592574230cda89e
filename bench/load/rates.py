"""Rig L1: a full queue worked off, rates up to the knee, and the wanted rate held; beside it, what others carry."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.load import peer, phases, sound
from bench.load.phases import Step
from bench.load.rig import Rig

RESULTS_WANTED = 200.0
OFFERED = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0]
DRAINED_JOBS = 60
PEER_ACTIONS = 400


@dataclass
class Rates:
    """`drained`: results per second of a full queue. `peer`: actions per second of procrastinate. `ceilings`: per
    second, by name. `deliveries`: per task, over all of it. `found`: what must not be, by name."""

    drained: float
    peer: float
    ceilings: Mapping[str, float]
    held: Step
    deliveries: float
    found: Mapping[str, int]
    steps: list[Step]


async def measure(rig: Rig, seconds: float) -> Rates:
    """One after the other; the wanted rate is held for `seconds`."""
    drained = await phases.drained_per_second(rig, DRAINED_JOBS)
    beside = await peer.actions_per_second(rig, PEER_ACTIONS)
    steps = await phases.knee(rig, OFFERED)
    held = await phases.hold(rig, RESULTS_WANTED / 4, seconds, seed=99)
    deliveries = rig.tally["deliveries"] / max(rig.tally["tasks"], 1)
    accepted = DRAINED_JOBS + sum(step.offered.accepted for step in [*steps, held])
    found = await sound.breaches(rig, accepted)
    ceilings = await phases.ceilings(rig)  # last: what it publishes is work for the workers
    return Rates(drained, beside, ceilings, held, deliveries, found, steps)
