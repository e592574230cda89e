"""Who is let in: new work is refused while its lane holds more than it can do in a time that a person would wait.

How long new work would wait is told by owner: others go before it only as often as turns let them. What is not known is
not held against anybody: where nothing ended lately, only the bounds on the number hold.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.orchestrator.rules.action import Stage

RETRY_LEAST_S, RETRY_MOST_S = 1, 300
RETRY_UNKNOWN_S = 30
"""When to come back to a full queue of which nobody knows how fast it moves."""

KNOWN_AFTER_S = 10.0
"""In its first seconds a fresh process sees hardly anything end, whatever the workers do."""

NEWEST_RUNS = 200
"""So many runs tell the pace of this moment to a tenth."""

_ORDER = tuple(Stage)
_FOLLOWING: dict[str, Sequence[str]] = {stage: _ORDER[place + 1 :] for place, stage in enumerate(_ORDER)}


@dataclass(frozen=True)
class Limits:
    """`queue`, `owner_queue`: runs that wait in a lane, of all owners and of one. `wait_s`: seconds, by lane."""

    queue: int
    owner_queue: int
    wait_s: Mapping[str, float]


@dataclass(frozen=True)
class Standing:
    """What an owner has in a lane: runs by stage. `running` are in a worker's hands."""

    weight: int
    queued: Mapping[str, int]
    running: Mapping[str, int]

    @property
    def waiting(self) -> int:
        return sum(self.queued.values())


@dataclass(frozen=True)
class Pace:
    """What ended in a lane while some of it waited: `span_s` seconds long, runs and seconds of work by stage."""

    span_s: float = 0.0
    runs: Mapping[str, int] = field(default_factory=dict)
    work_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        return self.span_s > 0 and sum(self.work_s.values()) > 0

    @property
    def workers(self) -> float:
        """How much work, in seconds, is done per second."""
        return sum(self.work_s.values()) / self.span_s

    def run_s(self, stage: str) -> float:
        """Seconds of work that a run of a stage is; of a stage that none ended of, what any run is."""
        of = [stage] if self.runs.get(stage) else list(self.runs)
        return sum(self.work_s[each] for each in of) / sum(self.runs[each] for each in of)


@dataclass(frozen=True)
class Refusal:
    """Not now. `why`: `queue`, `owner_queue` or `wait`. `retry_after_s`: whole seconds, 1 to 300."""

    why: str
    retry_after_s: int


def judge(owner: str, lane: Mapping[str, Standing], pace: Pace, limits: Limits, wait_limit_s: float) -> Refusal | None:
    """Whether more work of an owner is refused, given who stands in its lane."""
    own = lane[owner].waiting if owner in lane else 0
    over = {
        "owner_queue": own - limits.owner_queue,
        "queue": sum(each.waiting for each in lane.values()) - limits.queue,
    }
    for why, excess in over.items():
        if excess >= 0:
            return Refusal(why, _drained_s(excess + 1, pace))
    wait = wait_s(owner, lane, pace)
    return Refusal("wait", _whole(wait - wait_limit_s)) if wait > wait_limit_s else None


def lately(spans: Sequence[Pace]) -> Pace:
    """The pace that some spans of time tell, oldest first: of all of them, or of the newest where those were faster.

    What ended while there was little to do, or while all was just starting, is less than what can be done. To refuse
    by it would keep it as low as that, so what was done since then counts alone when it is more. Not known before
    they are `KNOWN_AFTER_S` long together."""
    every, runs = _together(spans), 0
    if every.span_s < KNOWN_AFTER_S:
        return Pace()
    for place in reversed(range(len(spans))):
        runs += sum(spans[place].runs.values())
        if runs >= NEWEST_RUNS:
            return max(every, _together(spans[place:]), key=lambda pace: pace.workers)
    return every


def wait_s(owner: str, lane: Mapping[str, Standing], pace: Pace) -> float:
    """Seconds until new work of an owner is begun: what it has to do itself, and of every other owner as much as goes
    out meanwhile when they take turns. 0 where the pace is not known."""
    if not pace.known:
        return 0.0
    work = {name: _work_s(each, pace) for name, each in lane.items()}
    own = lane.get(owner, Standing(1, {}, {}))
    turn = (work.get(owner, 0.0) + pace.run_s(_ORDER[0])) / own.weight
    others = sum(min(work[name], turn * each.weight) for name, each in lane.items() if name != owner)
    return (work.get(owner, 0.0) + others) / pace.workers


def _together(spans: Sequence[Pace]) -> Pace:
    runs: Counter[str] = Counter()
    work_s: dict[str, float] = defaultdict(float)
    for span in spans:
        runs.update(span.runs)
        for stage, seconds in span.work_s.items():
            work_s[stage] += seconds
    return Pace(sum(span.span_s for span in spans), runs, work_s)


def _work_s(standing: Standing, pace: Pace) -> float:
    """What is still to be done: what is queued, and every stage that follows what is queued or running."""
    stages = list(standing.queued.items())
    for counts in (standing.queued, standing.running):
        stages += [(later, count) for stage, count in counts.items() for later in _FOLLOWING.get(stage, ())]
    return sum(count * pace.run_s(stage) for stage, count in stages)


def _drained_s(runs: int, pace: Pace) -> int:
    ended = sum(pace.runs.values())
    return _whole(runs * pace.span_s / ended) if ended else RETRY_UNKNOWN_S


def _whole(seconds: float) -> int:
    return min(max(math.ceil(seconds), RETRY_LEAST_S), RETRY_MOST_S)
