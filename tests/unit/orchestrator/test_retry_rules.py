import pytest

from services.orchestrator.rules import retry
from services.orchestrator.rules.retry import Again, GiveUp


def test_a_lost_attempt_is_tried_again_at_once_then_later_and_later_and_given_up_the_fifth_time() -> None:
    assert [retry.after_loss(losses) for losses in range(1, 7)] == [
        Again(0.0), Again(1.0), Again(2.0), Again(4.0), GiveUp(), GiveUp(),
    ]  # fmt: skip


def test_an_error_that_may_pass_is_tried_three_times() -> None:
    assert [retry.after_error(tries, "internal", retryable=True) for tries in range(1, 5)] == [
        Again(1.0), Again(2.0), GiveUp(), GiveUp(),
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["unavailable", "overloaded"])
def test_what_is_only_away_is_waited_for_a_quarter_of_an_hour(code: str) -> None:
    decisions = [retry.after_error(tries, code, retryable=True) for tries in range(1, 21)]
    assert decisions[-1] == GiveUp()
    waited_s = sum(decision.delay_s for decision in decisions if isinstance(decision, Again))
    assert 10 * 60 < waited_s < 30 * 60


@pytest.mark.parametrize("tries", [1, 2, 3])
def test_an_error_that_cannot_pass_is_never_tried_again(tries: int) -> None:
    assert retry.after_error(tries, "invalid_request", retryable=False) == GiveUp()


def test_delays_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "LOSSES_MAX", 100)
    assert retry.after_loss(99) == Again(60.0)
