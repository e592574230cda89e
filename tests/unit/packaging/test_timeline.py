from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging_samples import LINE, WEB, even

from services.packaging import timeline

DURATIONS = st.lists(st.fractions(Fraction(1, 60), Fraction(1, 2), max_denominator=60), min_size=1, max_size=48)


def numbered(numbers):
    """Frames that differ where their numbers do."""
    return [np.full((2, 2, 4), number, np.uint8) for number in numbers]


def test_twelve_frames_over_one_second_last_a_twelfth_each():
    line = timeline.resample(numbered(range(12)), even(1, 12), LINE.timing)
    assert (line.delay, line.seconds, line.plays) == (Fraction(1, 12), 1, 4)
    assert line.picks == tuple(range(12))


@pytest.mark.parametrize(("seconds", "plays"), [(1, 4), (2, 2), (3, 1), (4, 1)])
def test_line_plays_as_often_as_fits_in_four_seconds(seconds, plays):
    assert timeline.resample(numbered(range(10)), even(seconds, 10), LINE.timing).plays == plays


@pytest.mark.parametrize(("clip", "wanted"), [("1/2", 1), ("8/5", 2), ("9/4", 2), ("9", 4)])
def test_a_clip_is_stretched_to_the_nearest_whole_second(clip, wanted):
    line = timeline.resample(numbered(range(8)), [Fraction(clip) / 8] * 8, LINE.timing)
    assert line.seconds == wanted


def test_web_keeps_the_length_of_the_clip_and_plays_for_ever():
    line = timeline.resample(numbered(range(7)), [Fraction(3, 10)] * 7, WEB.timing)
    assert (line.seconds, line.plays) == (Fraction(21, 10), 0)


def test_forty_frames_become_every_second_one():
    assert timeline.resample(numbered(range(40)), even(2, 40), LINE.timing).picks == tuple(range(0, 40, 2))


def test_a_held_pose_takes_as_many_slots_as_it_was_long():
    durations = [Fraction(tenths, 10) for tenths in (1, 3, 1, 1, 2, 2)]
    assert timeline.resample(numbered(range(6)), durations, LINE.timing).picks == (0, 1, 1, 1, 2, 3, 4, 4, 5, 5)


def test_too_few_frames_are_shown_again_rather_than_too_few_slots_made():
    assert timeline.resample(numbered(range(3)), even(1, 3), LINE.timing).picks == (0, 0, 1, 1, 2, 2)


def test_short_frames_are_put_back_where_too_few_distinct_ones_were_left():
    durations = [Fraction(96, 100), *[Fraction(1, 100)] * 4]
    line = timeline.resample(numbered(range(5)), durations, LINE.timing)
    assert line.picks == (0,) * 16 + (1, 2, 3, 4)


@given(DURATIONS, st.data())
def test_whatever_the_clip_the_timeline_holds_the_rules_of_line(durations, data):
    numbers = data.draw(st.lists(st.integers(0, 9), min_size=len(durations), max_size=len(durations)))
    line = timeline.resample(numbered(numbers), durations, LINE.timing)
    assert 5 <= len(line.picks) <= 20
    assert line.seconds in (1, 2, 3, 4)
    assert 1 <= line.plays * line.seconds <= 4
    assert list(line.picks) == sorted(line.picks)
    shown = {numbers[pick] for pick in line.picks}
    assert len(shown) >= min(5, len(set(numbers)))


@given(DURATIONS)
def test_each_slot_shows_the_frame_on_screen_when_it_begins(durations):
    line = timeline.resample(numbered([0] * len(durations)), durations, LINE.timing)
    ends, total = list(accumulate(durations)), sum(durations)
    for slot, pick in enumerate(line.picks):
        begin = total * slot / len(line.picks)
        assert ends[pick] - durations[pick] <= begin < ends[pick]


@pytest.mark.parametrize(
    "delays", [even(1, 4), [Fraction(249, 1000), Fraction(251, 1000)] * 2], ids=["exact", "rounded"]
)
def test_each_slot_shows_the_frame_that_is_on_screen_in_its_middle(delays):
    line = timeline.Timeline((0, 0, 1, 1, 2, 2, 3, 3), Fraction(1, 8), 1)
    shown = timeline.on_screen(numbered(range(4)), delays, line)
    assert [int(frame[0, 0, 0]) for frame in shown] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_the_last_frame_stays_past_the_end_of_a_file_that_is_too_short():
    line = timeline.Timeline((0, 1, 2, 3), Fraction(1, 4), 1)
    shown = timeline.on_screen(numbered(range(2)), even(1, 4)[:2], line)
    assert [int(frame[0, 0, 0]) for frame in shown] == [0, 1, 1, 1]
