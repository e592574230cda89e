"""Who is let in, and when others are told to come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.rules.admission import Limits, Pace, Refusal, Standing, judge, lately, wait_s

LIMITS = Limits(queue=100, owner_queue=50, wait_s={})
STAGES = ("startframe", "motion", "matte", "pack")
UNKNOWN = Pace()
STEADY = Pace(60.0, dict.fromkeys(STAGES, 30), dict.fromkeys(STAGES, 30.0))
"""Runs of a second, two workers' worth of them."""

counts = st.dictionaries(st.sampled_from(STAGES), st.integers(0, 50), max_size=4)
standings = st.builds(Standing, st.integers(1, 5), counts, counts)
lanes = st.dictionaries(st.sampled_from("abcd"), standings, max_size=4)


def queued(runs: int, stage: str = "startframe", weight: int = 1) -> Standing:
    return Standing(weight, {stage: runs}, {})


def ask(owner: str, lane: dict[str, Standing], pace: Pace = UNKNOWN, wait_limit_s: float = 10.0) -> Refusal | None:
    return judge(owner, lane, pace, LIMITS, wait_limit_s)


def test_an_empty_house_lets_everybody_in() -> None:
    assert ask("a", {}) is None
    assert ask("a", {}, STEADY) is None


def test_where_nothing_ended_lately_only_the_number_counts() -> None:
    assert ask("a", {"a": queued(49)}, UNKNOWN, wait_limit_s=0.001) is None
    assert ask("a", {"a": queued(50)}, UNKNOWN) == Refusal("owner_queue", 30)


def test_a_full_queue_refuses_those_who_have_nothing_in_it() -> None:
    assert ask("z", {name: queued(25) for name in "abcd"}) == Refusal("queue", 30)


def test_who_is_refused_for_the_number_comes_back_when_there_is_room() -> None:
    assert ask("a", {"a": queued(57)}, STEADY) == Refusal("owner_queue", 4)  # 8 too many, 2 end per second


def test_the_wait_counts_every_stage_that_is_still_to_be_done() -> None:
    assert wait_s("a", {"a": queued(10)}, STEADY) == pytest.approx(10 * 4 / 2)
    assert wait_s("a", {"a": queued(10, "pack")}, STEADY) == pytest.approx(10 / 2)
    assert wait_s("a", {"a": Standing(1, {}, {"matte": 10})}, STEADY) == pytest.approx(10 / 2)


def test_a_stage_that_takes_longer_counts_for_more() -> None:
    slow = Pace(60.0, {"motion": 10, "pack": 50}, {"motion": 100.0, "pack": 20.0})
    assert wait_s("a", {"a": queued(3, "pack")}, slow) == pytest.approx(3 * 0.4 / 2)
    assert wait_s("a", {"a": Standing(1, {"motion": 3}, {})}, slow) > 3 * 10 / 2


def test_one_owners_crowd_does_not_shut_the_door_on_another() -> None:
    lane = {"crowd": queued(49)}
    assert ask("crowd", lane, STEADY) == Refusal("wait", 88)
    assert ask("other", lane, STEADY) is None


def test_many_owners_before_one_are_waited_for() -> None:
    lane = {f"o{number}": queued(4) for number in range(20)}
    assert wait_s("new", lane, STEADY) == pytest.approx(20 * 1 / 2)
    assert wait_s("new", {**lane, "new": queued(0, weight=2)}, STEADY) == pytest.approx(20 * 0.5 / 2)


def span(runs: int, run_s: float = 0.1) -> Pace:
    """A second in which so many runs ended."""
    return Pace(1.0, {"motion": runs}, {"motion": runs * run_s})


def test_a_slow_start_is_not_held_against_anybody_once_work_goes_faster() -> None:
    pace = lately([span(4)] * 60 + [span(50)] * 4)
    assert pace.workers == pytest.approx(5.0)
    assert wait_s("a", {"a": queued(100, "pack")}, pace) == pytest.approx(100 * 0.1 / 5)


def test_a_slow_moment_is_one_of_many() -> None:
    assert lately([span(50)] * 60 + [span(4)] * 50).workers == pytest.approx(0.1 * (60 * 50 + 50 * 4) / 110)


def test_few_runs_tell_no_pace_of_their_own() -> None:
    """Runs that take long end now and then: a second in which some do is no faster."""
    assert lately([span(0)] * 60 + [span(6, run_s=10.0)]).workers == pytest.approx(60 / 61)


def test_the_first_seconds_tell_no_pace() -> None:
    assert not lately([span(1)] * 9).known
    assert lately([span(1)] * 10).known


@given(lanes, st.floats(0.001, 1e6))
def test_the_answer_says_when_to_come_back(lane: dict[str, Standing], limit: float) -> None:
    for pace in (UNKNOWN, STEADY):
        refusal = judge("a", lane, pace, LIMITS, limit)
        assert refusal is None or 1 <= refusal.retry_after_s <= 300


@given(lanes, counts)
def test_more_work_before_one_never_shortens_the_wait(lane: dict[str, Standing], more: dict[str, int]) -> None:
    longer = {**lane, "e": Standing(1, more, {})}
    assert wait_s("a", longer, STEADY) >= wait_s("a", lane, STEADY)
