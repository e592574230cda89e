"""Periodic curves: through their points, without overshoot, without a seam."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcon.puppet.curves import arc, dip, fade, keys, life, pop, times, wave

STEP = 1e-6


def speed(track, phase):
    return (track(phase + STEP) - track(phase - STEP)) / (2 * STEP)


@st.composite
def points(draw):
    phases = draw(st.lists(st.integers(0, 49), min_size=1, max_size=8, unique=True))
    values = draw(st.lists(st.floats(-2, 2), min_size=len(phases), max_size=len(phases)))
    return list(zip((phase / 50 for phase in sorted(phases)), values, strict=True))


@given(points())
def test_keys_pass_through_their_points(some):
    track = keys(*some)
    assert [track(phase) for phase, _ in some] == pytest.approx([value for _, value in some], abs=1e-9)


@given(points(), st.floats(0, 1))
def test_keys_never_overshoot_and_repeat(some, phase):
    track = keys(*some)
    values = [value for _, value in some]
    assert min(values) - 1e-9 <= track(phase) <= max(values) + 1e-9
    assert track(phase + 1) == pytest.approx(track(phase), abs=1e-6)


@given(points())
def test_keys_have_one_speed_on_both_sides_of_the_seam_and_of_every_point(some):
    track = keys(*some)
    for phase in (0.0, *(phase for phase, _ in some)):
        before = (track(phase) - track(phase - STEP)) / STEP
        after = (track(phase + STEP) - track(phase)) / STEP
        # Slopes of up to 300 a loop change within the step itself.
        assert after == pytest.approx(before, abs=0.1)


@pytest.mark.parametrize("track", [wave(0.3, 3, 0.1), dip(0.2, 2, 0.3, 1.0), times(wave(1, 2), dip(0.5))])
def test_waves_agree_at_the_seam_in_position_and_speed(track):
    assert track(1.0) == pytest.approx(track(0.0), abs=1e-9)
    assert speed(track, 1.0) == pytest.approx(speed(track, 0.0), abs=1e-4)


def test_a_dip_rests_at_its_lag_and_is_deepest_half_a_cycle_later():
    track = dip(0.4, cycles=2, lag=0.1, rest=1.0)
    assert track(0.1) == pytest.approx(1.0)
    assert track(0.35) == pytest.approx(1.4)


def test_an_arc_is_a_throw_between_its_ends_and_nothing_outside():
    track = arc(0.2, 0.6, 0.5)
    assert track(0.4) == pytest.approx(0.5)
    assert track(0.2) == track(0.6) == track(0.9) == track(0.0) == 0.0
    assert track(0.3) == pytest.approx(0.375)


def test_a_life_runs_over_the_seam_and_ends():
    assert life(0.1, 0.8, 0.6) == pytest.approx(0.5)
    assert life(0.5, 0.8, 0.6) is None


def test_fading_is_zero_at_both_ends_and_full_between():
    assert fade(0.0) == fade(1.0) == 0.0
    assert fade(0.5) == 1.0


def test_a_pop_grows_from_nothing_past_its_size_and_settles():
    sizes = [pop(age / 100) for age in range(101)]
    assert sizes[0] == 0.0
    assert 1.02 < max(sizes) < 1.25
    assert sizes[-1] == pytest.approx(1.0, abs=0.01)
