"""When worker seconds come back."""

from services.orchestrator.rules.quota import DAY_MS, HOUR_MS, Hour, seconds_retry_s, whole_hours_from


def test_the_first_whole_hour_begins_within_the_last_day() -> None:
    assert whole_hours_from(100 * HOUR_MS) == 76
    assert whole_hours_from(100 * HOUR_MS + 1) == 77
    assert whole_hours_from(101 * HOUR_MS - 1) == 77


def test_seconds_come_back_when_enough_of_them_are_a_day_old() -> None:
    now, hours = 100 * HOUR_MS, [Hour(80, 10.0), Hour(90, 30.0), Hour(99, 60.0)]
    assert seconds_retry_s(hours, 95, now) == (81 * HOUR_MS + DAY_MS - now) // 1000
    assert seconds_retry_s(hours, 90, now) == (91 * HOUR_MS + DAY_MS - now) // 1000
    assert seconds_retry_s(hours, 1, now) == (100 * HOUR_MS + DAY_MS - now) // 1000


def test_who_used_little_of_much_comes_back_at_once_or_a_little_later() -> None:
    now = 100 * HOUR_MS
    assert seconds_retry_s([Hour(75, 10.0)], 10, now) == 1
