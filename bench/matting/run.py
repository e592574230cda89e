"""A run of the benchmark: cases and clips scored by every core, then times on one."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal, TypeVar

import cv2

from bench.matting import clips, scenes
from bench.matting.case import Case
from bench.matting.clip_measures import score_clip
from bench.matting.halo import halo
from bench.matting.measures import score
from bench.matting.methods import METHODS, clip_methods, opacity
from bench.matting.page import Outcome, Shown, badness
from bench.matting.summary import ClipRow, Row, by_method
from bench.matting.targets import OURS, SIDE
from bench.matting.timing import Timing, memory_bandwidth, time_methods, yardsticks

Progress = Callable[[str, int, int], None]
"""What is done, how many of how many."""

_TIMED = 12
_SIDES = (1024, 2048, 4096)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

Task = TypeVar("Task")
Done = TypeVar("Done")


@dataclass(frozen=True)
class Order:
    """What to run. `split`: the cases that thresholds were tuned on, or those that tuning never saw. `methods`: names
    of `METHODS`. `workers`: processes."""

    split: Literal["tune", "test"]
    cases: int
    clips: int
    methods: tuple[str, ...]
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)


@dataclass(frozen=True)
class Report:
    """What came of it; rows and clips by method."""

    rows: dict[str, list[Row]]
    clips: dict[str, list[ClipRow]]
    times: list[Timing]


def run(order: Order, progress: Progress) -> Report:
    """Scores every method on every case and clip, and times them."""
    cases = [(order, number) for number in range(order.cases)]
    scored = list(spread(order.workers, score_case, cases, progress, "cases"))
    clipped = list(spread(order.workers, score_one_clip, cases[: order.clips], progress, "clips"))
    # After all else, so that nothing of our own disturbs it; a process of its own has one thread from the beginning.
    timed = list(spread(order.workers, times, [order], progress, "times"))
    rows = sorted(chain.from_iterable(scored), key=lambda row: row.number)
    return Report(by_method(rows), by_method(chain.from_iterable(clipped)), list(chain.from_iterable(timed)))


def score_case(task: tuple[Order, int]) -> list[Row]:
    """Every method on a case."""
    order, number = task
    case = _case(order, number)
    made = _outcomes(case, order.methods)
    return [Row(name, number, outcome.score, halo(case, outcome.rgba)) for name, outcome in made.items()]


def score_one_clip(task: tuple[Order, int]) -> list[ClipRow]:
    """Every method on a clip."""
    order, number = task
    (clip,) = clips.clip_cases(order.split, 1, seed=number)
    frames, mattes = [case.frame for case in clip.frames], [case.matte for case in clip.frames]
    return [
        ClipRow(name, score_clip(clip, method(frames, mattes))) for name, method in clip_methods(order.methods).items()
    ]


def times(order: Order) -> list[Timing]:
    """Every method on frames of the usual size, and popcon's on large ones."""
    usual = list(scenes.cases(order.split, _TIMED, seed=0, side=SIDE))
    bandwidth = memory_bandwidth()
    found = [*yardsticks(usual, bandwidth), *time_methods({name: METHODS[name] for name in order.methods}, usual)]
    if OURS in order.methods:
        for side in _SIDES:
            large = list(scenes.cases(order.split, 1, seed=0, side=side))
            found += [*yardsticks(large, bandwidth), *time_methods({OURS: METHODS[OURS]}, large)]
    return found


def worst(report: Report, count: int) -> list[int]:
    """Numbers of the worst cases of popcon, or of the last method where popcon was not asked for, worst first."""
    judged = report.rows.get(OURS) or next(reversed(report.rows.values()), [])
    return [row.number for row in sorted(judged, key=lambda row: -badness(row.score))[:count]]


def shown(order: Order, number: int) -> Shown:
    """A case again, with what every method makes of it."""
    case = _case(order, number)
    return Shown(case, _outcomes(case, order.methods))


def _case(order: Order, number: int) -> Case:
    # A seed for each, so that any can be made again without those before it.
    return next(scenes.cases(order.split, 1, seed=number, side=SIDE))


def _outcomes(case: Case, methods: Iterable[str]) -> dict[str, Outcome]:
    found = {}
    for name in methods:
        method = METHODS[name]
        out = method(case.frame, case.matte)
        rgba = method.cut(case.frame, out)
        found[name] = Outcome(score(case, out), out, rgba)
        if method.finishes:
            found[f"{name} finished"] = Outcome(score(case, opacity(rgba)), opacity(rgba), rgba)
    return found


def spread(
    workers: int, work: Callable[[Task], Done], tasks: Sequence[Task], show: Progress, what: str
) -> Iterator[Done]:
    """The results of all tasks, as they come. One worker works in this process."""
    cv2.setNumThreads(1)
    if workers <= 1:
        for done, task in enumerate(tasks, 1):
            yield work(task)
            show(what, done, len(tasks))
        return
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # read by the children when they begin
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        for done, future in enumerate(as_completed([pool.submit(work, task) for task in tasks]), 1):
            yield future.result()
            show(what, done, len(tasks))
