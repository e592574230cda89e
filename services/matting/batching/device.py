"""Batches on a device that may refuse them: which item is to blame, and how many fit.

Standard library and `popcon.errors` only, so that model code can raise `OutOfMemory` and `BrokenDevice`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from popcon import errors

Item = TypeVar("Item")
Result = TypeVar("Result")

Work = Callable[[Sequence[Item]], Sequence[Result | Exception]]
"""One result per item, in their order; an exception in a place is that item's own error."""


class OutOfMemory(Exception):
    """Raised by the work: the device has no room for so many items at once. Fewer may fit."""


class BrokenDevice(Exception):
    """Raised by the work: the device will not answer again in this process."""


@dataclass
class Report(Generic[Result]):
    """How a batch went. `outcomes`: one per item. `seconds`: in all. `calls`: of the work, 1 where nothing failed.
    `too_many`: the smallest number of items that the memory did not hold, 0 where all fitted."""

    outcomes: list[Result | Exception] = field(default_factory=list)
    seconds: float = 0.0
    calls: int = 0
    too_many: int = 0


def compute(work: Work[Item, Result], items: Sequence[Item]) -> Report[Result]:
    """The items' results. A batch that fails is halved until it is known which of its items cannot be done.

    Raises `BrokenDevice`, and nothing else that is an `Exception`.
    """
    report: Report[Result] = Report()
    began = time.perf_counter()
    _append(report, work, items)
    report.seconds = time.perf_counter() - began
    return report


def _append(report: Report[Result], work: Work[Item, Result], items: Sequence[Item]) -> None:
    report.calls += 1
    outcomes = _try(report, work, items)
    if outcomes is not None:
        report.outcomes += outcomes
        return
    # Only here, after the handler of the error: until then its traceback holds on to the memory of what failed.
    middle = len(items) // 2
    _append(report, work, items[:middle])
    _append(report, work, items[middle:])


def _try(report: Report[Result], work: Work[Item, Result], items: Sequence[Item]) -> list[Result | Exception] | None:
    """The outcomes, or nothing when smaller batches are worth trying."""
    try:
        return _checked(list(work(items)), len(items))
    except BrokenDevice:
        raise
    except OutOfMemory:
        report.too_many = min(len(items), report.too_many or len(items))
        problem = "The device has too little memory for this picture alone; send it smaller or later."
        return [errors.Overloaded(problem)] if len(items) == 1 else None
    except Exception as error:
        return [error] if len(items) == 1 else None


def _checked(outcomes: list[Result | Exception], count: int) -> list[Result | Exception]:
    if len(outcomes) != count:
        raise errors.Internal(f"The work gave {len(outcomes)} results for {count} items; it must give one for each.")
    return outcomes
