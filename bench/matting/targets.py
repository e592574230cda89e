"""What popcon's rescue and finish must reach, beside what they reach."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.matting.summary import ClipRow, Row, Summary, causes, mean, summary
from bench.matting.timing import Timing

OURS = "popcon"
THEIRS = "published"
CLIPWISE = "popcon clip finished"
SIDE = 512


@dataclass(frozen=True)
class Target:
    """`limit`: the figure must be at least that where `least`, else at most. A figure of NaN was not measured."""

    what: str
    figure: float
    limit: float
    least: bool = False

    @property
    def verdict(self) -> str:
        """ok, MISSED, or – where there is no figure."""
        if math.isnan(self.figure):
            return "–"
        return "ok" if (self.figure >= self.limit if self.least else self.figure <= self.limit) else "MISSED"


def targets(
    rows: Mapping[str, Sequence[Row]], clips: Mapping[str, Sequence[ClipRow]], times: Sequence[Timing]
) -> list[Target]:
    """Every target that the rows, by method, and the times tell something about."""
    found = []
    theirs = summary(rows[THEIRS]) if THEIRS in rows else None
    if theirs:
        found += _hard(theirs)
    if OURS in rows:
        ours = summary(rows[OURS])
        found += [*_instances(ours), *_blobs(ours, rows[OURS]), *_alpha(ours, theirs)]
    return [*found, *_clips(clips), *_times(times)]


def _hard(theirs: Summary) -> list[Target]:
    return [
        Target("published recipe: instance recall", theirs.recall, 0.55),
        Target("published recipe: false blobs per frame", theirs.blobs, 10.0, least=True),
    ]


def _instances(ours: Summary) -> list[Target]:
    return [
        Target("instance recall", ours.recall, 0.965, least=True),
        Target("instance recall, mean over kinds", ours.kinds, 0.97, least=True),
        Target(f"instance recall, worst kind ({ours.worst[0] or 'none'})", ours.worst[1], 0.75, least=True),
        Target("instance F1", ours.f1, 0.95, least=True),
    ]


def _blobs(ours: Summary, rows: Sequence[Row]) -> list[Target]:
    by_cause = causes(rows)
    limits = {"border line": 0.02, "specks": 0.05, "shadow": 0.2}
    return [
        Target("false blobs per frame", ours.blobs, 0.5),
        Target("false blobs per frame without effects", ours.blobs_bare, 0.08),
        *(Target(f"false blobs per frame with {cause}", by_cause[cause][1], limit) for cause, limit in limits.items()),
    ]


def _alpha(ours: Summary, theirs: Summary | None) -> list[Target]:
    beside = (
        [
            Target("alpha error around effects, of the published recipe's", ours.effect_mad / theirs.effect_mad, 0.25),
            Target(
                "gradient error around effects, of the published recipe's",
                ours.effect_gradient / theirs.effect_gradient,
                0.125,
            ),
        ]
        if theirs
        else []
    )
    return [
        *beside,
        Target("character alpha changed", ours.damage, 0.001),
        Target("halo on black", ours.black, 0.005),
        Target("halo on white", ours.white, 0.005),
    ]


def _clips(clips: Mapping[str, Sequence[ClipRow]]) -> list[Target]:
    flickers = {method: mean(row.score.flicker.effects for row in rows) for method, rows in clips.items()}
    if CLIPWISE not in flickers:
        return []
    single = flickers.get(OURS, math.nan)
    return [
        Target("unexplained alpha change over a clip, of the effect mass", flickers[CLIPWISE], 0.3),
        Target("the same, of the frame-by-frame method's", flickers[CLIPWISE] / single if single else math.nan, 0.5),
    ]


def _times(times: Sequence[Timing]) -> list[Target]:
    limits = {OURS: 25.0, f"{OURS} and cut-out": 45.0}
    return [
        Target(f"processor ms per frame of {SIDE}x{SIDE}: {time.what}", time.processor, limits[time.what])
        for time in times
        if time.what in limits and time.side == SIDE
    ]
