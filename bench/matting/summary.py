"""Many scores in a few figures."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.matting.blobs import CAUSES
from bench.matting.clip_measures import ClipScore
from bench.matting.halo import Halo
from bench.matting.instances import Instance
from bench.matting.measures import Score

_ENOUGH = 10  # instances of a kind, for it to be called the worst


@dataclass(frozen=True)
class Row:
    """A method on a case. `number`: the case's in the run."""

    method: str
    number: int
    score: Score
    halo: Halo


@dataclass(frozen=True)
class ClipRow:
    """A method on a clip."""

    method: str
    score: ClipScore


AnyRow = TypeVar("AnyRow", Row, ClipRow)


@dataclass(frozen=True)
class Summary:
    """A method on many cases. NaN where there is nothing to tell of.

    `missed`: effects that the model lost. `recall`: the share of them that is back; `kinds`: its mean over the kinds of
    effects; `worst`: the kind with the least, of those with at least 10 instances, and its recall. `kept`: the share
    still there of the effects that the model had kept. `precision`: effects back / (effects back + false blobs).
    `blobs`: per frame; `blobs_bare`: per frame without any effect. All others are means over frames.
    """

    frames: int
    missed: int
    recall: float
    kinds: float
    worst: tuple[str, float]
    kept: float
    precision: float
    f1: float
    blobs: float
    blobs_bare: float
    false_area: float
    effect_mad: float
    effect_mse: float
    effect_gradient: float
    mad: float
    mse: float
    gradient: float
    damage: float
    holes: float
    black: float
    white: float


def summary(rows: Sequence[Row]) -> Summary:
    """The figures of one method on some cases."""
    scores = [row.score for row in rows]
    missed = [each for score in scores for each in score.missed]
    kept = [each for score in scores for each in score.instances if not each.missed]
    recovered = sum(each.recovered for each in missed)
    false = sum(len(score.blobs) for score in scores)
    recall, precision = _ratio(recovered, len(missed)), _ratio(recovered, recovered + false)
    by_kind = kinds(rows)
    enough = [(kind, share) for kind, (count, share) in by_kind.items() if count >= _ENOUGH]
    return Summary(
        frames=len(scores),
        missed=len(missed),
        recall=recall,
        kinds=mean(share for _, share in by_kind.values()),
        worst=min(enough, key=lambda each: each[1], default=("", math.nan)),
        kept=_ratio(sum(each.recovered for each in kept), len(kept)),
        precision=precision,
        f1=_ratio(2 * precision * recall, precision + recall),
        blobs=_ratio(false, len(scores)),
        blobs_bare=mean(len(score.blobs) for score in scores if not score.instances),
        false_area=mean(score.false_area for score in scores),
        effect_mad=mean(score.effects.mad for score in scores),
        effect_mse=mean(score.effects.mse for score in scores),
        effect_gradient=mean(score.effects.gradient for score in scores),
        mad=mean(score.everywhere.mad for score in scores),
        mse=mean(score.everywhere.mse for score in scores),
        gradient=mean(score.everywhere.gradient for score in scores),
        damage=mean(score.damage for score in scores),
        holes=mean(score.holes for score in scores),
        black=mean(row.halo.black for row in rows),
        white=mean(row.halo.white for row in rows),
    )


def kinds(rows: Iterable[Row]) -> dict[str, tuple[int, float]]:
    """Per kind of effect: how many the model lost, and the share of them that is back. In the order of the alphabet."""
    found: defaultdict[str, list[Instance]] = defaultdict(list)
    for row in rows:
        for each in row.score.missed:
            found[each.kind].append(each)
    return {kind: (len(each), mean(one.recovered for one in each)) for kind, each in sorted(found.items())}


def causes(rows: Sequence[Row]) -> dict[str, tuple[int, float]]:
    """Per cause of false blobs: how many frames it can befall, and how many blobs there are per such frame. Dirt can
    befall the frames that have it, other causes every frame."""
    dirty = {cause for row in rows for cause in row.score.dirt}
    found = {}
    for cause in sorted({*CAUSES, *dirty}, key=lambda each: (*CAUSES, each).index(each)):
        affected = [row for row in rows if cause not in dirty or cause in row.score.dirt]
        blobs = sum(blob.cause == cause for row in rows for blob in row.score.blobs)
        found[cause] = (len(affected), _ratio(blobs, len(affected)))
    return found


def slices(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows under every label of their cases, in the order of the alphabet."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for label in row.score.slices:
            found[label].append(row)
    return dict(sorted(found.items()))


def by_method(rows: Iterable[AnyRow]) -> dict[str, list[AnyRow]]:
    """The rows of every method, in the order in which methods come."""
    found: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for row in rows:
        found[row.method].append(row)
    return dict(found)


def mean(values: Iterable[float]) -> float:
    """The mean of the values that are no NaN; NaN where there are none."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
