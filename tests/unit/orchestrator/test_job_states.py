from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.rules.action import State
from services.orchestrator.rules.jobs import JobState, job_state

MIXTURES = [
    pytest.param(set(mixture), id="+".join(mixture))
    for size in range(1, len(State) + 1)
    for mixture in combinations(State, size)
]


@pytest.mark.parametrize("mixture", MIXTURES)
def test_state_of_every_mixture(mixture: set[State]) -> None:
    assert job_state(sorted(mixture)) == _expected(mixture)


def _expected(mixture: set[State]) -> JobState:
    """Read from below: each line overrides those above it."""
    found = JobState.CANCELLED
    if State.FAILED in mixture:
        found = JobState.FAILED
    if State.DONE in mixture:
        found = JobState.DONE if len(mixture) == 1 else JobState.PARTIAL
    if State.AWAITING_REVIEW in mixture or State.AWAITING_REFINE in mixture:
        found = JobState.AWAITING
    if State.QUEUED in mixture or State.RUNNING in mixture:
        found = JobState.RUNNING
    if mixture == {State.QUEUED}:
        found = JobState.QUEUED
    return found


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([State.QUEUED, State.QUEUED], JobState.QUEUED),
        ([State.QUEUED, State.DONE], JobState.RUNNING),
        ([State.RUNNING, State.FAILED], JobState.RUNNING),
        ([State.AWAITING_REVIEW, State.DONE], JobState.AWAITING),
        ([State.DONE, State.DONE], JobState.DONE),
        ([State.DONE, State.CANCELLED], JobState.PARTIAL),
        ([State.FAILED, State.CANCELLED], JobState.FAILED),
        ([State.CANCELLED], JobState.CANCELLED),
    ],
)
def test_state_of_a_job(actions: list[State], expected: JobState) -> None:
    assert job_state(actions) == expected


@given(st.lists(st.sampled_from(State), min_size=1), st.randoms())
def test_neither_order_nor_number_of_actions_matters(actions: list[State], random: object) -> None:
    shuffled = actions * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert job_state(shuffled) == job_state(actions)
