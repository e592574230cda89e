import contextlib
from fractions import Fraction

import pytest
from gif_samples import (
    BACKGROUND,
    BLUE,
    EMPTY,
    FOR_EVER,
    GREEN,
    PREVIOUS,
    RED,
    TABLE,
    Drawn,
    by_hand,
    control,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from popcon.errors import PictureUnreadable
from services.packaging import gif_reader

TWO = Drawn([[1, 1]]), Drawn([[2]])


def seen(data):
    return [
        [tuple(int(v) for v in pixel) for pixel in frame.reshape(-1, 4)]
        for frame in gif_reader.compose(gif_reader.read(data))
    ]


def test_a_frame_is_drawn_over_what_is_there():
    assert seen(by_hand(*TWO)) == [[RED, RED], [GREEN, RED]]


def test_transparent_pixels_keep_what_is_below():
    assert seen(by_hand(Drawn([[1, 1]]), Drawn([[0, 3]]))) == [[RED, RED], [RED, BLUE]]


def test_without_a_transparent_colour_every_pixel_is_drawn():
    assert seen(by_hand(Drawn([[1, 1]]), Drawn([[0, 3]], transparent=None)))[1] == [(0, 0, 0, 255), BLUE]


def test_background_clears_the_box_to_nothing():
    frames = Drawn([[1, 1]]), Drawn([[2]], dispose=BACKGROUND), Drawn([[3]], corner=(1, 0))
    assert seen(by_hand(*frames))[1:] == [[GREEN, RED], [EMPTY, BLUE]]


def test_previous_puts_back_what_was_there():
    frames = Drawn([[1, 1]]), Drawn([[2]], dispose=PREVIOUS), Drawn([[3]], corner=(1, 0))
    assert seen(by_hand(*frames))[1:] == [[GREEN, RED], [RED, BLUE]]


def test_a_table_of_its_own_is_for_one_frame_only():
    own = Drawn([[1, 2]], table=bytes(TABLE[9:] + TABLE[9:] + TABLE[6:9] + TABLE[6:9]))
    assert seen(by_hand(own, Drawn([[1]]))) == [[BLUE, GREEN], [RED, GREEN]]


def test_interlaced_rows_are_put_in_order():
    stored = [[row % 4] for row in (0, 4, 2, 6, 1, 3, 5, 7)]
    data = by_hand(Drawn(stored, flags=0x40), canvas=(1, 8))
    assert seen(data) == [[(EMPTY, RED, GREEN, BLUE)[row % 4] for row in range(8)]]


def test_delays_are_hundredths():
    found = gif_reader.read(by_hand(Drawn([[1, 1]], delay=7), Drawn([[2]], delay=300)))
    assert [frame.delay for frame in found.frames] == [Fraction(7, 100), 3]


@pytest.mark.parametrize(
    ("loop", "plays"),
    [
        (FOR_EVER, 0),
        (FOR_EVER.replace(b"NETSCAPE2.0", b"ANIMEXTS1.0"), 0),
        (b"", 1),
        (FOR_EVER[:-3] + b"\2\0\0", 3),
        (b"!\xff\x0bXMP DataXMP\x03abc\0", 1),
        (b"!\xfe\x05hello\0" + FOR_EVER, 0),
    ],
    ids=["for ever", "the other name", "no block", "twice more", "a foreign block", "after a comment"],
)
def test_plays_are_read_from_the_loop_block(loop, plays):
    assert gif_reader.read(by_hand(*TWO, loop=loop)).plays == plays


GOOD = by_hand(*TWO)
BROKEN = {
    "not a GIF": ("signature", b"\x89PNG" + GOOD),
    "empty": ("signature", b""),
    "only a signature": ("chunks", b"GIF89a"),
    "no frame": ("chunks", by_hand()),
    "cut short": ("chunks", GOOD[:-4]),
    "no end": ("chunks", GOOD[:-1]),
    "bytes after the end": ("chunks", GOOD + b"\0"),
    "unknown block": ("chunks", GOOD[:-1] + b"\x99;"),
    "no colours": ("chunks", by_hand(*TWO, table=b"")),
    "frame off the canvas": ("chunks", by_hand(Drawn([[1, 1]], corner=(1, 0)))),
    "frame of no pixels": ("chunks", GOOD.replace(b",\0\0\0\0\2\0\1\0", b",\0\0\0\0\2\0\0\0")),
    "unknown disposal": ("chunks", by_hand(Drawn([[1, 1]], dispose=5))),
    "misshapen control": ("chunks", GOOD.replace(control(), b"!\xf9\3\0\0\0\0", 1)),
    "colour that is not there": ("pixels", by_hand(Drawn([[1, 9]]))),
    "too few pixels": ("pixels", GOOD.replace(b"\7\4\x80\1\1\x81\0", b"\7\3\x80\1\x81\0")),
    "rubbish for pixels": ("pixels", GOOD.replace(b"\7\4\x80\1\1\x81\0", b"\7\4\xff\xff\xff\xff\0")),
    "impossible code size": ("pixels", GOOD.replace(b"\7\4\x80\1\1\x81\0", b"\x63\4\x80\1\1\x81\0")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_damage_is_named_for_what_it_is(name):
    what, data = BROKEN[name]
    with pytest.raises(PictureUnreadable) as refusal:
        seen(data)
    assert refusal.value.field == what


def look(data):
    """Reads it as the check does: pixels only where the canvas is the one wanted."""
    with contextlib.suppress(PictureUnreadable):
        found = gif_reader.read(data)
        if (found.width, found.height) == (2, 1):
            assert all(frame.shape == (1, 2, 4) for frame in gif_reader.compose(found))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, 99))
def test_random_damage_is_refused_or_harmless_but_never_a_crash(changes, cut):
    data = bytearray(GOOD)
    for at, value in changes:
        data[at % len(data)] = value
    look(bytes(data[: len(data) - cut if cut < 20 else None]))


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=200))
def test_random_bytes_behind_a_good_head_never_crash_the_reader(data):
    look(data)
    look(GOOD[: 13 + len(TABLE)] + data)
    look(by_hand(TWO[0])[:-1] + b",\0\0\0\0\2\0\1\0\0" + data + b"\0;")
