import io
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from packaging_samples import soft_clip, split
from PIL import Image

from popcon.errors import Internal
from services.packaging import apng, apng_reader, quantise

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 12), st.integers(1, 12))
DELAYS = st.builds(Fraction, st.integers(1, 65_535), st.integers(1, 65_535))
PALETTE = np.array(
    [(0, 0, 0, 0), (255, 0, 0, 9), (0, 99, 0, 128), (1, 2, 3, 255), (255, 255, 255, 255), (7, 7, 7, 255)], np.uint8
)


@st.composite
def indexed(draw):
    shape = draw(SHAPES)
    return draw(arrays.arrays(np.uint8, shape, elements=st.integers(0, 5), fill=st.just(0)))


def delays_for(data, frames):
    return data.draw(st.lists(DELAYS, min_size=len(frames), max_size=len(frames)))


def held():
    """Eight frames of which only four differ."""
    frames = np.stack(soft_clip(4, 32))
    return frames[[0, 0, 1, 1, 1, 2, 3, 3]]


@settings(deadline=None)
@given(indexed(), st.integers(0, 9), st.data())
def test_indexed_frames_come_back_pixel_for_pixel_with_their_exact_delays(frames, plays, data):
    delays = delays_for(data, frames)
    out = apng_reader.read(apng.write_apng(frames, delays, plays, PALETTE))
    assert np.array_equal(np.stack(list(apng_reader.compose(out))), PALETTE[frames])
    assert [frame.delay for frame in out.frames] == delays
    assert (out.colour_type, out.depth, out.plays, out.animated, out.hidden_default) == (3, 8, plays, True, False)


@settings(deadline=None)
@given(indexed(), st.data())
def test_truecolour_frames_come_back_pixel_for_pixel(frames, data):
    out = apng_reader.read(apng.write_apng(PALETTE[frames], delays_for(data, frames), 1))
    assert np.array_equal(np.stack(list(apng_reader.compose(out))), PALETTE[frames])
    assert (out.colour_type, out.depth) == (6, 8)


@settings(deadline=None, max_examples=40)
@given(indexed(), st.booleans())
def test_another_decoder_sees_the_same_frames(frames, with_palette):
    delays = [Fraction(1, 10)] * len(frames)
    data = apng.write_apng(frames, delays, 2, PALETTE) if with_palette else apng.write_apng(PALETTE[frames], delays, 2)
    with Image.open(io.BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) == len(frames)
        for number, frame in enumerate(PALETTE[frames]):
            image.seek(number)
            seen = np.array(image.convert("RGBA"))
            seen[seen[..., 3] == 0] = 0
            assert np.array_equal(seen, frame)


@pytest.mark.parametrize("as_palette", [True, False])
def test_held_poses_keep_every_frame_and_cost_next_to_nothing(as_palette):
    frames = held()
    reduced = quantise.quantise(quantise.census(frames), 256)
    stored, palette = (reduced.indices, reduced.palette) if as_palette else (frames, None)
    data = apng.write_apng(stored, [Fraction(1, 8)] * 8, 1, palette)
    out = apng_reader.read(data)
    assert [(frame.width, frame.height) for frame in out.frames].count((1, 1)) == 4
    distinct = apng.write_apng(stored[[0, 2, 5, 6]], [Fraction(1, 4)] * 4, 1, palette)
    assert len(data) - len(distinct) < 4 * 80


def test_frames_all_equal_stay_an_animation():
    frames = np.repeat(soft_clip(1, 16), 6, axis=0)
    out = apng_reader.read(apng.write_apng(frames, [Fraction(1, 6)] * 6, 1))
    assert (out.animated, len(out.frames)) == (True, 6)


def test_only_the_box_that_changed_is_stored():
    frames = np.zeros((2, 20, 30), np.uint8)
    frames[1, 5:9, 11:18] = 1
    second = apng_reader.read(apng.write_apng(frames, [Fraction(1, 2)] * 2, 1, PALETTE)).frames[1]
    assert (second.left, second.top, second.width, second.height) == (11, 5, 7, 4)


def test_grey_art_is_not_turned_into_a_greyscale_file():
    grey = np.zeros((5, 16, 16, 4), np.uint8)
    for number in range(5):
        grey[number, 2:12, 2 + number : 12] = (90, 90, 90, 255)
    reduced = quantise.quantise(quantise.census(grey), 256)
    delays = [Fraction(1, 5)] * 5
    assert apng_reader.read(apng.write_apng(grey, delays, 1)).colour_type == 6
    assert apng_reader.read(apng.write_apng(reduced.indices, delays, 1, reduced.palette)).colour_type == 3


def test_only_the_chunks_of_the_format_are_in_the_file():
    data = apng.write_apng(held(), [Fraction(1, 8)] * 8, 1)
    assert {kind for kind, _ in split(data)} == {b"IHDR", b"acTL", b"fcTL", b"IDAT", b"fdAT", b"IEND"}


def test_the_same_frames_give_the_same_bytes():
    first, second = (apng.write_apng(held(), [Fraction(1, 8)] * 8, 1) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("delay", [Fraction(0), Fraction(-1, 2), Fraction(1, 65_536), Fraction(65_536)])
def test_a_delay_that_cannot_be_written_exactly_is_refused(delay):
    with pytest.raises(Internal, match="exactly"):
        apng.write_apng(np.zeros((1, 2, 2), np.uint8), [delay], 1, PALETTE)
