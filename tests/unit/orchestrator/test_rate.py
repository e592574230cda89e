"""The bucket of requests per second: it never gives more than it says, and gives all that it says."""

import random

import pytest

from services.orchestrator.rules import rate

SECOND_US = 1_000_000


@pytest.mark.parametrize("per_s", [0.01, 0.3, 1, 3, 7.5, 1000, 10_000])
def test_no_span_of_time_gives_more_than_its_rate_and_one_bucket(per_s: float) -> None:
    dice, held = random.Random(1), rate.bucket(per_s)
    given: list[tuple[int, int]] = []
    now_us = full_us = 0
    for _ in range(300):
        now_us += dice.choice((0, 1, int(dice.random() * 3 / per_s * SECOND_US)))
        taken = rate.reserve(held, full_us, now_us, dice.randint(1, 20))
        full_us = taken.full_us
        given.append((now_us, taken.granted))
    for begin, (since, _) in enumerate(given):
        total = 0
        for until, granted in given[begin:]:
            total += granted
            assert total <= per_s * (until - since) / SECOND_US + held.capacity


def test_a_full_bucket_gives_all_it_holds_and_then_one_after_the_other() -> None:
    held = rate.bucket(2)
    first = rate.reserve(held, 0, SECOND_US, 100)
    assert (first.granted, first.remaining, first.wait_us) == (20, 0, SECOND_US // 2)
    none = rate.reserve(held, first.full_us, SECOND_US, 1)
    assert (none.granted, none.full_us, none.wait_us) == (0, first.full_us, SECOND_US // 2)
    one = rate.reserve(held, none.full_us, SECOND_US + none.wait_us, 5)
    assert one.granted == 1
    rested = rate.reserve(held, one.full_us, 100 * SECOND_US, 1)
    assert (rested.granted, rested.remaining, rested.wait_us) == (1, 19, 0)


def test_a_clock_that_was_set_back_makes_nobody_wait_for_longer_than_an_empty_bucket_does() -> None:
    held = rate.bucket(1)
    back = rate.reserve(held, 10**15, 5 * SECOND_US, 1)
    assert (back.granted, back.wait_us) == (0, SECOND_US)
    assert back.full_us == 5 * SECOND_US + held.window_us
