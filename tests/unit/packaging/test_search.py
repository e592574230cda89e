import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.packaging.search import Drafts, largest


def of_size(size, tried):
    def encode(setting):
        tried.append(setting)
        return bytes(int(size(setting)))

    return encode


def drafts_of(size, tried):
    def make(setting):
        tried.append(setting)
        return int(size(setting))

    return Drafts(make)


CURVES = st.floats(0.1, 1.5), st.integers(10, 300), st.floats(0.3, 1.5), st.integers(2, 100), st.integers(101, 2000)


@given(*CURVES, st.floats(0.2, 4))
def test_drafts_that_are_off_by_any_factor_lead_to_what_fills_the_room_in_few_files(
    power, scale, share, low, high, factor
):
    def size(setting):
        return 1000 + scale * 1000 * (setting / high) ** power

    files, drafts, room = [], [], size(high) * share
    made = drafts_of(lambda setting: size(setting) / factor, drafts)
    setting, data = largest(of_size(size, files), made, (low, high), room)
    assert len(files) <= 5
    assert len(drafts) == len(set(drafts)) <= 24
    assert low <= setting <= high
    assert len(data) == int(size(setting))
    if int(size(low)) <= room:
        assert len(data) <= room
        assert len(data) >= 0.9 * room - 1 or setting == high or int(size(setting + 1)) > 0.985 * room
    else:
        assert setting == low


def test_where_the_factor_is_known_one_file_is_enough():
    files = []
    made = drafts_of(lambda k: 500 * k**0.4, [])
    _, data = largest(of_size(lambda k: 1000 * k**0.4, files), made, (32, 255), 7000, 2.0)
    assert len(files) == 1
    assert 6600 <= len(data) <= 7000


@given(st.lists(st.integers(0, 30), min_size=200, max_size=200), st.integers(40, 1200))
def test_sizes_that_waver_still_end_in_a_file_that_fits_if_the_lowest_does(wavering, room):
    def size(setting):
        return 5 * setting + wavering[setting - 1]

    files = []
    setting, data = largest(of_size(size, files), drafts_of(size, []), (1, 200), room)
    assert len(files) <= 5
    assert len(data) <= room
    assert len(data) == size(setting)


def test_drafts_that_mislead_are_made_good_by_files():
    files = []
    setting, data = largest(of_size(lambda k: 10 * k, files), drafts_of(lambda k: 100 + 3 * k, []), (1, 255), 1000, 0.5)
    assert 900 <= len(data) <= 1000
    assert setting == len(data) // 10


def test_the_highest_setting_is_taken_where_it_fits():
    assert largest(of_size(lambda k: k, []), drafts_of(lambda k: k, []), (10, 50), 1000)[0] == 50


def test_what_is_known_of_settings_out_of_bounds_guides_the_search():
    drafts = []
    made = drafts_of(lambda k: 10 * k, drafts)
    made(400), made(4)
    assert 95 <= made.largest((32, 255), 1000) <= 100
    assert drafts[:2] == [400, 4]
    assert len(drafts) <= 4


@pytest.mark.parametrize("size", [lambda k: 10 * k, lambda _: 500], ids=["rising", "flat"])
def test_the_lowest_setting_comes_back_where_nothing_fits(size):
    files = []
    setting, data = largest(of_size(size, files), drafts_of(size, []), (20, 50), 100)
    assert (setting, len(data)) == (20, size(20))
    assert len(files) <= 5
