"""Rig L4: twice what is carried is offered for a while, through a door with a limit, and then nothing.

The limit is the one that an operator would set, and the only one: what cannot begin within ten seconds is refused.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bench.load import arrivals, phases, sound, waits
from bench.load.phases import Step
from bench.load.rig import Rig
from services.orchestrator.rules.admission import RETRY_LEAST_S, RETRY_MOST_S

TIMES = 2
"""So often the knee is offered."""

WAIT_LIMIT_S = 10
ENV = {"POPCON_WAIT_LIMIT_BATCH_S": str(WAIT_LIMIT_S)}


@dataclass
class Overload:
    """`knee` and `over`: what was offered before, and then. `took_s`: seconds from acceptance until done, of each job
    that was let in then. `found`: what must not be, by name."""

    knee: Step
    over: Step
    took_s: list[float]
    found: Mapping[str, int]

    @property
    def retry_after(self) -> Counter[str]:
        """What the refused were told, so often."""
        return Counter(
            answer.retry_after for answer, _ in self.over.offered.answers if answer.status == arrivals.REFUSED
        )

    @property
    def told_well(self) -> int:
        """Refused calls that were told to come back after whole seconds in the range that is promised."""
        said = self.retry_after.items()
        return sum(n for text, n in said if text.isdigit() and RETRY_LEAST_S <= int(text) <= RETRY_MOST_S)


async def measure(rig: Rig, knee: float, seconds: float) -> Overload:
    """Offers the knee for one step, and twice as much for `seconds`; all of it is worked off before this returns."""
    warming = await phases.warm(rig)
    before = await phases.hold(rig, knee, min(phases.STEP_S, seconds), seed=1)
    since = await waits.now(rig)
    over = await phases.hold(rig, TIMES * knee, seconds, seed=2)
    took_s = [job.took_s for job in await waits.done(rig, since)]
    accepted = warming + before.offered.accepted + over.offered.accepted
    return Overload(before, over, took_s, await sound.breaches(rig, accepted))
