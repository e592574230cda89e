"""When a failed delivery is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.rules.redelivery import DAY_S, DELAYS_S, RETRY_AFTER_MAX_S, after_failure
from services.orchestrator.rules.retry import Again, GiveUp


def test_attempts_grow_further_apart_and_end_within_a_day() -> None:
    elapsed, found = 0.0, []
    while isinstance(decision := after_failure(len(found) + 1, elapsed, 500, 0, 0.0), Again):
        found.append(decision.delay_s)
        elapsed += decision.delay_s
    assert found == [5, 300, 1_800, 7_200, 18_000, 36_000, 21_600]
    assert 0.95 * DAY_S < elapsed <= DAY_S


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.floats(0, 1), st.floats(0, 3_600)), min_size=len(DELAYS_S) + 1, max_size=12
    )
)
def test_whatever_endpoints_ask_for_and_however_late_we_are_the_day_ends(asked: list[tuple[int, float, float]]) -> None:
    elapsed = 0.0
    for tries, (retry_after_s, spread, late_s) in enumerate(asked, 1):
        decision = after_failure(tries, elapsed, 503, retry_after_s, spread)
        if isinstance(decision, GiveUp):
            return
        assert 0 < decision.delay_s <= max(RETRY_AFTER_MAX_S, 1.1 * max(DELAYS_S))
        assert elapsed + decision.delay_s <= DAY_S
        elapsed += decision.delay_s + late_s
    raise AssertionError("it never ended")


@pytest.mark.parametrize(("asked", "waits"), [(0, 5), (3, 5), (60, 60), (7_200, 7_200), (10**6, RETRY_AFTER_MAX_S)])
def test_an_endpoint_may_put_the_next_attempt_off_within_bounds(asked: int, waits: float) -> None:
    assert after_failure(1, 0, 503, asked, 0.0) == Again(waits)


def test_one_that_is_gone_is_not_asked_again() -> None:
    assert after_failure(1, 0, 410, 60, 0.0) == GiveUp()


def test_what_failed_together_comes_back_apart() -> None:
    assert after_failure(2, 5, 500, 0, 0.0) != after_failure(2, 5, 500, 0, 1.0)
