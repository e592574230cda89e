"""A batch that fails is halved until it is known which of its items cannot be done."""

import gc
import weakref
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcon import errors
from services.matting.batching.device import BrokenDevice, OutOfMemory, compute


class Small:
    """A device that holds so many items, and fails for bad ones."""

    def __init__(self, room: int = 99, bad: Sequence[int] = ()) -> None:
        self.room = room
        self.bad = bad
        self.sizes: list[int] = []

    def work(self, items: Sequence[int]) -> list[int | Exception]:
        self.sizes.append(len(items))
        if len(items) > self.room:
            raise OutOfMemory
        for item in items:
            if item in self.bad:
                raise ValueError(item)
        return [item * 10 for item in items]


def test_a_good_batch_is_one_call() -> None:
    device = Small()
    report = compute(device.work, [3, 1, 2])
    assert (report.outcomes, report.calls, report.too_many) == ([30, 10, 20], 1, 0)
    assert device.sizes == [3]


def test_the_bad_item_fails_alone() -> None:
    device = Small(bad=[5])
    outcomes = compute(device.work, range(8)).outcomes
    assert [outcome for outcome in outcomes if not isinstance(outcome, ValueError)] == [0, 10, 20, 30, 40, 60, 70]
    assert isinstance(outcomes[5], ValueError)
    assert outcomes[5].args == (5,)
    assert device.sizes == [8, 4, 4, 2, 1, 1, 2]


def test_an_error_in_an_items_place_is_that_items_own() -> None:
    problem = ValueError("blank")
    report = compute(lambda items: [items[0], problem], [1, 2])
    assert (report.outcomes, report.calls) == ([1, problem], 1)


def test_a_wrong_number_of_results_is_nobodys_result() -> None:
    outcomes = compute(lambda items: list(items)[1:], [1, 2, 3]).outcomes
    assert [type(outcome) for outcome in outcomes] == [errors.Internal] * 3


def test_out_of_memory_halves_the_batch_and_goes_on() -> None:
    device = Small(room=3)
    report = compute(device.work, range(8))
    assert report.outcomes == [0, 10, 20, 30, 40, 50, 60, 70]
    assert (report.too_many, device.sizes) == (4, [8, 4, 2, 2, 4, 2, 2])


def test_the_smallest_number_that_did_not_fit_is_told() -> None:
    fits = iter([False, False, False, True, True, True, False, True, True])

    def work(items: Sequence[int]) -> list[int]:
        if not next(fits):
            raise OutOfMemory
        return list(items)

    assert compute(work, range(8)).too_many == 2


def test_an_item_that_does_not_fit_alone_is_refused() -> None:
    report = compute(Small(room=0).work, [1, 2])
    assert [type(outcome) for outcome in report.outcomes] == [errors.Overloaded] * 2
    assert report.too_many == 1


def test_the_memory_of_what_failed_is_free_before_the_next_try() -> None:
    class Tensor:
        pass

    held: list[weakref.ref[Tensor]] = []
    alive: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        alive.append(sum(ref() is not None for ref in held))
        tensor = Tensor()
        held.append(weakref.ref(tensor))
        if len(items) > 1:
            raise OutOfMemory
        return list(items)

    gc.disable()  # reference counts alone must do it: a device's memory does not wait for the collector
    try:
        compute(work, [1, 2, 3, 4])
    finally:
        gc.enable()
    assert alive == [0] * 7


def test_a_broken_device_is_not_tried_again() -> None:
    calls: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        calls.append(len(items))
        raise BrokenDevice("the context is lost")

    with pytest.raises(BrokenDevice):
        compute(work, [1, 2, 3, 4])
    assert calls == [4]


@given(size=st.integers(1, 20), room=st.integers(0, 20), bad=st.sets(st.integers(0, 19)))
def test_every_item_gets_its_own_outcome(size: int, room: int, bad: set[int]) -> None:
    device = Small(room, sorted(bad))
    report = compute(device.work, range(size))
    for item, outcome in zip(range(size), report.outcomes, strict=True):
        if room == 0:
            assert isinstance(outcome, errors.Overloaded)
        elif item in bad:
            assert isinstance(outcome, ValueError)
            assert outcome.args == (item,)
        else:
            assert outcome == item * 10
    assert report.calls == len(device.sizes) <= 2 * size - 1
