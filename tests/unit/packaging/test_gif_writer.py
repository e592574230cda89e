import io
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging_samples import even, soft_clip
from PIL import Image

from popcon.errors import InvalidRequest
from services.packaging import gif, gif_reader, quantise

WHITE = (255, 255, 255)


def reduced(frames, matte=None, entries=256):
    """Frames as a GIF can hold them: what they must look like, and how they are stored."""
    found = quantise.quantise(quantise.census(gif.harden(np.stack(frames), matte)), entries)
    wanted = found.rgba()
    if matte:
        wanted = np.where(wanted[..., 3:] == 0, np.array((*matte, 255), np.uint8), wanted)
    return wanted, found


def written(frames, delays=None, matte=None, entries=256):
    wanted, found = reduced(frames, matte, entries)
    return wanted, gif.write_gif(found.indices, found.palette, delays or even(1, len(frames)), matte)


def shown(data):
    return np.stack(list(gif_reader.compose(gif_reader.read(data))))


def by_pillow(data):
    frames = []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(image.n_frames):
            image.seek(number)
            frame = np.array(image.convert("RGBA"))
            frame[frame[..., 3] == 0] = 0
            frames.append(frame)
    return np.stack(frames)


def poses(count=6):
    """A body that stays, a limb that moves, and a spark that comes and goes: boxes of every kind."""
    frames = np.zeros((count, 40, 48, 4), np.uint8)
    frames[:, 12:30, 14:30] = (200, 120, 40, 255)
    for number in range(count):
        frames[number, 16:20, 28 + 2 * (number % 3) : 36 + 2 * (number % 3)] = (90, 40, 200, 255)
        frames[number, 2:6, 40:44] = (255, 230, 80, 255 * (number % 2))
    frames[frames[..., 3] == 0] = 0
    return frames


CLIPS = {
    "all moves": soft_clip(6, 48),
    "some moves": poses(),
    "held poses": poses()[[0, 0, 1, 1, 1, 0]],
    "a frame that shows nothing": poses() * np.array([1, 1, 0, 1, 1, 1], np.uint8)[:, None, None, None],
    "comes from nothing": poses() * np.array([0, 1, 1, 1, 1, 1], np.uint8)[:, None, None, None],
    "one colour": poses(3)[[0, 1]] // 255 * 255,
}


@pytest.mark.parametrize("matte", [None, WHITE], ids=["transparent", "on white"])
@pytest.mark.parametrize("name", CLIPS)
def test_every_frame_comes_back_pixel_for_pixel_in_our_reader_and_in_another(name, matte):
    wanted, data = written(CLIPS[name], matte=matte)
    assert np.array_equal(shown(data), wanted)
    assert np.array_equal(by_pillow(data), wanted)


@pytest.mark.parametrize("name", CLIPS)
def test_the_next_turn_is_right_even_where_a_viewer_begins_it_on_what_is_left(name):
    wanted, data = written(CLIPS[name])
    once = gif_reader.read(data)
    twice = np.stack(list(gif_reader.compose(replace(once, frames=once.frames * 2))))
    assert np.array_equal(twice, np.concatenate([wanted, wanted]))


def test_few_colours_and_one_colour_have_tables_of_their_size():
    for entries, bits in ((2, 1), (5, 3), (64, 6), (256, 8)):
        wanted, data = written(soft_clip(4, 48), entries=entries)
        assert 1 << (data[10] & 7) + 1 == 1 << bits
        assert np.array_equal(shown(data), wanted)


def test_it_plays_for_ever():
    assert gif_reader.read(written(poses())[1]).plays == 0


def test_held_poses_stay_frames_and_cost_next_to_nothing():
    _, moving = written(poses(4))
    _, held = written(poses(4)[[0, 0, 0, 1, 1, 2, 2, 3]])
    assert len(gif_reader.read(held).frames) == 8
    assert len(held) < len(moving) + 4 * 40


def test_a_frame_stores_only_the_box_that_changed():
    frames = gif_reader.read(written(poses())[1]).frames
    assert (frames[0].width, frames[0].height) == (48, 40)
    assert all(frame.width <= 30 and frame.height <= 20 for frame in frames[1:])


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 50), st.fractions(1, 4, max_denominator=97))
def test_the_whole_lasts_what_it_should_to_half_a_hundredth(count, seconds):
    frames = np.zeros((count, 2, 2), np.uint8)
    palette = np.zeros((2, 4), np.uint8)
    delays = [
        frame.delay for frame in gif_reader.read(gif.write_gif(frames, palette, [seconds / count] * count)).frames
    ]
    assert abs(sum(delays) - seconds) <= Fraction(1, 200)
    assert max(delays) - min(delays) <= Fraction(1, 100)
    assert min(delays) >= Fraction(2, 100)


@pytest.mark.parametrize("seconds", [Fraction(3, 100), 3000], ids=["under 0.02 s", "over 655 s"])
def test_what_a_viewer_would_show_at_another_speed_is_refused_with_what_to_do(seconds):
    with pytest.raises(InvalidRequest, match="make the loop longer or shorter"):
        written(poses(4), [Fraction(seconds) / 4] * 4)


def edge(alpha, colour=(90, 30, 10)):
    return np.array([[[[*colour, alpha]]]], np.uint8) * np.uint8(alpha > 0)


@pytest.mark.parametrize(
    ("alpha", "seen"), [(0, (0, 0, 0, 0)), (127, (0, 0, 0, 0)), (128, (90, 30, 10, 255)), (255, (90, 30, 10, 255))]
)
def test_an_edge_is_there_from_half_cover_on_in_its_own_colour(alpha, seen):
    assert tuple(gif.harden(edge(alpha), None)[0, 0, 0]) == seen


def test_on_a_matte_soft_pixels_are_mixed_with_it_and_empty_ones_are_left_to_it():
    assert tuple(gif.harden(edge(51), WHITE)[0, 0, 0]) == (222, 210, 206, 255)
    assert tuple(gif.harden(edge(0), WHITE)[0, 0, 0]) == (0, 0, 0, 0)


def test_no_edge_is_lighter_or_darker_than_the_art_it_ends():
    """A dark rim or a white one is a colour that the art does not have."""
    frames = np.stack(soft_clip(4, 64))
    solid = frames[frames[..., 3] == 255][:, :3].astype(int)
    hard = gif.harden(frames, None)
    rim = hard[(hard[..., 3] == 255) & (frames[..., 3] < 255)][:, :3].astype(int)
    assert len(rim) > 100
    assert rim.min(axis=0).tolist() >= (solid.min(axis=0) - 12).tolist()
    assert (rim.max(axis=0) <= solid.max(axis=0) + 12).all()


def test_the_same_frames_give_the_same_bytes():
    assert written(soft_clip(5, 48))[1] == written(soft_clip(5, 48))[1]
