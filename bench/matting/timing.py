"""How long methods take on one core.

Each figure is the mean over a few frames of the fastest of three runs, after one that does not count. Processor time
counts; on the clock, a machine that others work on is slower.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from bench.matting.case import Case, Pixels, Plane
from bench.matting.methods import Method

_RUNS = 3
_BYTES = 3 + 4 + 4
_COPIED = 256 * 2**20


@dataclass(frozen=True)
class Timing:
    """`side`: of the square frames, pixels. `wall`, `processor`: milliseconds per frame, on the clock and of cores."""

    what: str
    side: int
    wall: float
    processor: float

    @property
    def per_megapixel(self) -> float:
        """Milliseconds of processor time per frame and million pixels."""
        return self.processor / (self.side**2 / 1e6)


Work = Callable[[Case], object]


def measure(what: str, work: Work, cases: Sequence[Case]) -> Timing:
    """Times some work on cases of one size."""
    work(cases[0])
    times = np.array([[_run(work, case) for _ in range(_RUNS)] for case in cases])
    wall, processor = times.min(axis=1).mean(axis=0) * 1e3
    return Timing(what, cases[0].alpha.shape[0], float(wall), float(processor))


def time_methods(methods: Mapping[str, Method], cases: Sequence[Case]) -> list[Timing]:
    """Times every method, and the method with its cut-out where it has one of its own."""
    cv2.setNumThreads(1)
    found = []
    for name, method in methods.items():
        found.append(measure(name, partial(_mend, method), cases))
        found.append(measure(f"{name} and cut-out", partial(_whole, method), cases))
    return found


def yardsticks(cases: Sequence[Case], bandwidth: float) -> list[Timing]:
    """What can hardly be done without: components of the frame and its colours in Lab; and the time that memory of a
    bandwidth (bytes per second) takes to bring a frame (3 bytes per pixel) and a matte (4) in and a matte (4) out."""
    cv2.setNumThreads(1)
    side = cases[0].alpha.shape[0]
    limit = _BYTES * side**2 / bandwidth * 1e3
    return [measure("components and Lab", _components_and_lab, cases), Timing("memory alone", side, limit, limit)]


def memory_bandwidth() -> float:
    """Bytes per second that one core moves: a copy reads and writes."""
    source, target = np.ones(_COPIED // 8), np.empty(_COPIED // 8)
    times = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        np.copyto(target, source)
        times.append(time.perf_counter() - began)
    return 2 * _COPIED / min(times)


def _mend(method: Method, case: Case) -> Plane:
    return method(case.frame, case.matte)


def _whole(method: Method, case: Case) -> Pixels:
    return method.cut(case.frame, method(case.frame, case.matte))


def _run(work: Work, case: Case) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    work(case)
    return time.perf_counter() - wall, time.process_time() - processor


def _components_and_lab(case: Case) -> Plane:
    lab = cv2.cvtColor(case.frame, cv2.COLOR_RGB2LAB)
    seen = (np.abs(case.frame[..., 1].astype(np.int16) - int(case.frame[0, 0, 1])) > 6).astype(np.uint8)
    cv2.connectedComponentsWithStats(seen, connectivity=8)
    return np.asarray(lab[..., 0], np.float32)
