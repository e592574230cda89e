import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.packaging.search import largest


def of_size(size, tried):
    def encode(setting):
        tried.append(setting)
        return bytes(int(size(setting)))

    return encode


@given(st.floats(0.1, 1.5), st.integers(10, 300), st.floats(0.3, 1.5), st.integers(2, 100), st.integers(101, 2000))
def test_along_a_smooth_curve_it_finds_what_fills_the_room_in_six_files(power, scale, share, low, high):
    def size(setting):
        return 1000 + scale * 1000 * (setting / high) ** power

    tried = []
    room = size(high) * share
    setting, data = largest(of_size(size, tried), (low, high), room, {high * 2: size(high * 2)})
    assert len(tried) <= 6
    assert low <= setting <= high
    assert len(data) == int(size(setting))
    if int(size(low)) <= room:
        assert len(data) <= room
        assert len(data) >= 0.95 * room - 1 or setting == high or int(size(setting + 1)) > room
    else:
        assert setting == low


@given(st.lists(st.integers(0, 30), min_size=200, max_size=200), st.integers(40, 1200))
def test_sizes_that_waver_still_end_in_a_file_that_fits_if_the_lowest_does(wavering, room):
    tried = []
    setting, data = largest(of_size(lambda k: 5 * k + wavering[k - 1], tried), (1, 200), room, {})
    assert len(tried) <= 6
    assert len(data) <= room
    assert len(data) == 5 * setting + wavering[setting - 1]


def test_a_wrong_guess_of_the_first_size_is_made_good():
    tried = []
    setting, data = largest(of_size(lambda k: 10 * k, tried), (1, 255), 1000, {256: 300})
    assert 950 <= len(data) <= 1000
    assert setting == len(data) // 10


def test_the_highest_setting_is_taken_where_it_fits():
    assert largest(of_size(lambda k: k, []), (10, 50), 1000, {64: 64})[0] == 50


@pytest.mark.parametrize("known", [{}, {60: 600}])
def test_the_lowest_setting_comes_back_where_nothing_fits(known):
    setting, data = largest(of_size(lambda k: 10 * k, []), (20, 50), 100, known)
    assert (setting, len(data)) == (20, 200)


def test_sizes_that_do_not_change_end_the_search():
    tried = []
    assert len(largest(of_size(lambda _: 500, tried), (32, 255), 400, {256: 500})[1]) == 500
    assert len(tried) <= 6
