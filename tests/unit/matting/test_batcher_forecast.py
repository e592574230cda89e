"""What a batcher learns from its batches."""

import pytest

from services.matting.batching.forecast import _GROW_AFTER, _KEYS, _TRY_AGAIN, Forecast


def test_nothing_is_known_at_first() -> None:
    forecast = Forecast(8)
    assert (forecast.limit("a"), forecast.batch_s("a"), forecast.wait_s("batch", 99, "a", 0.0, 1.0)) == (8, 0.0, 0.0)


def test_the_mean_begins_with_the_first_batch_and_follows() -> None:
    forecast = Forecast(8)
    forecast.took("a", 1, 2.0)
    assert forecast.batch_s("a") == 2.0
    forecast.took("a", 1, 1.0)
    assert 1.0 < forecast.batch_s("a") < 2.0
    for _ in range(50):
        forecast.took("a", 1, 1.0)
    assert forecast.batch_s("a") == pytest.approx(1.0, abs=1e-3)
    assert forecast.batch_s("b") == 0.0


def test_out_of_memory_halves_the_limit_of_its_key() -> None:
    forecast = Forecast(8)
    assert [forecast.ran_out("a", 8), forecast.ran_out("a", 4), forecast.ran_out("a", 1)] == [4, 2, 1]
    assert (forecast.limit("a"), forecast.limit("b")) == (1, 8)


def test_the_limit_grows_by_one_after_many_full_batches_and_no_further_than_it_was() -> None:
    forecast = Forecast(4)
    forecast.ran_out("a", 4)
    limits = []
    for _ in range(4 * _GROW_AFTER):
        limits.append(forecast.limit("a"))
        forecast.took("a", forecast.limit("a"), 0.1)
    assert limits == [2] * _GROW_AFTER + [3] * _GROW_AFTER + [4] * 2 * _GROW_AFTER


def test_batches_that_are_not_full_prove_nothing() -> None:
    forecast = Forecast(8)
    forecast.ran_out("a", 8)
    for _ in range(2 * _GROW_AFTER):
        forecast.took("a", 3, 0.1)
    assert forecast.limit("a") == 4


def test_a_long_line_waits_for_as_many_batches_as_it_fills() -> None:
    forecast = Forecast(8)
    forecast.took("a", 8, 2.0)
    assert [forecast.wait_s("batch", ahead, "a", busy_s=0.5, share=1.0) for ahead in (0, 7, 8, 31)] == [
        0.5,
        0.5,
        2.5,
        6.5,
    ]


def test_a_lane_that_others_go_before_is_known_to_be_slow() -> None:
    forecast = Forecast(8)
    forecast.took("a", 8, 2.0)
    for _ in range(50):
        forecast.got_on("batch", 0.25)
    assert forecast.wait_s("batch", 8, "a", busy_s=0.5, share=1.0) == pytest.approx(14.5, rel=0.05)
    assert forecast.wait_s("interactive", 8, "a", busy_s=0.5, share=1.0) == 2.5


def test_a_lane_is_thought_to_get_no_more_than_its_share() -> None:
    forecast = Forecast(8)
    forecast.took("a", 8, 2.0)
    assert forecast.wait_s("batch", 8, "a", busy_s=0.5, share=0.25) == 14.5


def test_a_line_is_as_slow_as_the_batches_of_every_key() -> None:
    forecast = Forecast(8)
    for _ in range(50):
        forecast.took("small", 8, 1.0)
        forecast.took("large", 8, 9.0)
    assert forecast.wait_s("batch", 8, "small", busy_s=0.0, share=1.0) == pytest.approx(5.0, rel=0.2)
    assert forecast.batch_s("small") == 1.0


def test_a_doubted_mean_is_halved() -> None:
    forecast = Forecast(8)
    forecast.took("a", 8, 2.0)
    forecast.doubt("a")
    assert forecast.batch_s("a") == 1.0


def test_callers_cannot_fill_the_memory_with_keys() -> None:
    forecast = Forecast(8)
    for key in range(3 * _KEYS):
        forecast.took(key, 1, 1.0)
    assert sum(forecast.batch_s(key) > 0 for key in range(3 * _KEYS)) == _KEYS
    assert forecast.batch_s(3 * _KEYS - 1) == 1.0


def test_a_few_items_on_their_own_are_tried_once() -> None:
    forecast = Forecast(8)
    assert not forecast.is_quick_alone("a", 1, 8)  # nothing to compare it with
    forecast.took("a", 8, 8.0)
    assert forecast.is_quick_alone("a", 1, 8)


@pytest.mark.parametrize(("alone_s", "is_quick"), [(1.0, True), (2.0, True), (3.0, False), (8.0, False)])
def test_a_few_items_go_alone_where_that_costs_the_device_little(alone_s: float, is_quick: bool) -> None:
    forecast = Forecast(8)
    forecast.took("a", 8, 8.0)
    forecast.took("a", 1, alone_s)
    assert forecast.is_quick_alone("a", 1, 8) is is_quick


def test_one_slow_batch_of_a_few_is_not_believed_for_good() -> None:
    forecast = Forecast(8)
    forecast.took("a", 8, 8.0)
    forecast.took("a", 1, 8.0)
    answers = []
    for _ in range(8 * _TRY_AGAIN):
        answers.append(forecast.is_quick_alone("a", 1, 8))
        if answers[-1]:
            forecast.took("a", 1, 1.0)
    assert not any(answers[: _TRY_AGAIN - 1])
    assert all(answers[-_TRY_AGAIN:])
