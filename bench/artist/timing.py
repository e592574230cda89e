"""Where the seconds of an action go: which function of popcon is at work, asked many times a second."""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import popcon

HOME = str(Path(popcon.__file__).parent)
EVERY_S = 0.002


@dataclass(frozen=True)
class Timed:
    """`seconds` of wall time and of the processor; `shares`: of the wall time by function of popcon, largest first."""

    seconds: float
    processor: float
    shares: list[tuple[str, float]]


def timed(work: Callable[[], object]) -> Timed:
    """Does the work in this thread while another one looks at it. A look counts for the time since the one before, for
    code that holds the interpreter lets nobody look."""
    seconds_in: defaultdict[str, float] = defaultdict(float)
    ended = threading.Event()
    watched = threading.get_ident()

    def watch() -> None:
        before = time.perf_counter()
        while not ended.wait(EVERY_S):
            now = time.perf_counter()
            seconds_in[_at_work(sys._current_frames().get(watched))] += now - before
            before = now

    watcher = threading.Thread(target=watch)
    watcher.start()
    began, processor = time.perf_counter(), time.process_time()
    work()
    seconds, processor = time.perf_counter() - began, time.process_time() - processor
    ended.set()
    watcher.join()
    whole = max(sum(seconds_in.values()), 1e-9)
    shares = sorted(((name, spent / whole) for name, spent in seconds_in.items()), key=lambda each: -each[1])
    return Timed(seconds, processor, shares)


def _at_work(frame: FrameType | None) -> str:
    """The innermost function of popcon; libraries count for who called them."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(HOME):
            return f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_qualname}"
        frame = frame.f_back
    return "other"
