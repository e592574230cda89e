"""Frames and animations from people's files."""

import io
import struct
from fractions import Fraction

import numpy as np
import pytest
from packaging_samples import edit, even, soft_clip
from PIL import Image

from popcon import errors
from popcon.catalog import limits
from services.packaging import apng, webp
from services.packaging.sources import Pace, read_sources

CLIP = np.stack(soft_clip(5, 32))
OWN = Pace()


def png(frame, file_format="PNG"):
    out = io.BytesIO()
    Image.fromarray(frame).save(out, file_format)
    return out.getvalue()


@pytest.fixture
def put(tmp_path):
    def put(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return put


@pytest.fixture
def stills(put):
    return [put(f"wave-{number:02d}.png", png(frame)) for number, frame in enumerate(CLIP)]


def read(paths, pace=OWN):
    count, sources = read_sources(paths, pace)
    found = list(sources)
    assert len(found) == count
    return found


def test_still_pictures_become_one_emoji_at_twelve_a_second(stills):
    (source,) = read(stills)
    assert np.array_equal(np.stack(source.frames), CLIP)
    assert source.durations == [Fraction(1, 12)] * 5
    assert source.label == "wave"


def test_each_animation_becomes_one_emoji_with_its_own_times(put):
    times = [Fraction(1, 10), Fraction(1, 5), Fraction(1, 10), Fraction(1, 10), Fraction(1, 2)]
    paths = [put("joy.png", apng.write_apng(CLIP, times, 3)), put("cry.webp", webp.write_webp(CLIP, times, 0))]
    found = read(paths)
    assert [source.label for source in found] == ["joy", "cry"]
    assert all(np.array_equal(np.stack(source.frames), CLIP) for source in found)
    assert all(source.durations == times for source in found)


@pytest.mark.parametrize(
    ("pace", "total"), [(Pace(fps=Fraction(24)), Fraction(5, 24)), (Pace(seconds=Fraction(3)), Fraction(3))]
)
def test_a_pace_that_was_asked_for_goes_before_the_times_of_the_file(put, stills, pace, total):
    for paths in (stills, [put("joy.png", apng.write_apng(CLIP, even(1, 5), 3))]):
        assert sum(read(paths, pace)[0].durations) == total


def test_a_frame_that_asks_for_no_time_is_shown_as_long_as_browsers_show_it(put):
    data = edit(apng.write_apng(CLIP, even(1, 5), 0), b"fcTL", lambda body: body[:20] + b"\0\0\0\1" + body[24:])
    assert read([put("joy.png", data)])[0].durations[0] == Fraction(1, 10)


def refusal(paths):
    with pytest.raises(errors.PopconError) as refused:
        read(paths)
    return refused.value


def test_one_picture_that_does_not_move_is_refused(stills):
    assert "one still picture; give the frames of an emoji in order" in refusal(stills[:1]).message


def test_animations_and_stills_together_are_refused_by_name(put, stills):
    moving = put("joy.png", apng.write_apng(CLIP, even(1, 5), 3))
    message = refusal([*stills, moving]).message
    assert f"{moving} is an animation and {stills[0]} is a still picture" in message


def test_frames_of_several_sizes_are_refused_by_name(put, stills):
    other = put("wave-09.png", png(CLIP[0][:20]))
    assert f"{other} has 32x20 pixels and {stills[0]} 32x32" in refusal([*stills, other]).message


@pytest.mark.parametrize("data", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n rubbish"])
def test_what_is_no_picture_is_refused_by_name(put, stills, data):
    wrong = put("wrong.png", data)
    refused = refusal([*stills, wrong])
    assert str(wrong) in refused.message
    assert isinstance(refused, errors.InvalidRequest | errors.UnsupportedMedia)


def test_each_folder_is_an_emoji_of_its_pictures_numbers_by_their_value(put, tmp_path):
    for name in ("와우 1", "bye"):
        (tmp_path / name).mkdir()
        for number, frame in enumerate(CLIP, 8):
            put(f"{name}/frame {number}.png", png(frame))
    put("bye/.hidden", b"")
    found = read([tmp_path / "와우 1", tmp_path / "bye"])
    assert [source.label for source in found] == ["와우 1", "bye"]
    assert all(np.array_equal(np.stack(source.frames), CLIP) for source in found)


def test_a_folder_of_nothing_and_one_beside_stills_are_refused(tmp_path, stills):
    (tmp_path / "empty").mkdir()
    assert "empty has no pictures; put the frames" in refusal([tmp_path / "empty"]).message
    assert f"empty is a folder and {stills[0]} is a still picture" in refusal([tmp_path / "empty", *stills]).message


def test_what_is_no_picture_at_all_is_told_what_can_be_read(put):
    film = put("film.mp4", b"\0\0\0\x20ftypisom" + bytes(100))
    assert "film.mp4 is nothing that can be read; give PNG frames, or an APNG, WebP" in refusal([film]).message


def test_a_background_that_fills_the_corners_is_seen(put):
    opaque = CLIP.copy()
    opaque[..., 3] = 255
    made = read(
        [put(f"{number}.webp", webp.write_webp(clip, even(1, 5), 0)) for number, clip in enumerate((opaque, CLIP))]
    )
    assert [source.is_boxed for source in made] == [True, False]


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    assert "none.png cannot be read (No such file or directory)" in refusal([tmp_path / "none.png"]).message


def test_a_file_of_too_many_bytes_is_refused(put, monkeypatch):
    monkeypatch.setattr(limits, "ANIMATION_MAX_BYTES", 500)
    assert isinstance(refusal([put("joy.png", apng.write_apng(CLIP, even(1, 5), 0))]), errors.TooLarge)


def test_too_many_frames_are_refused_before_one_is_decoded(put):
    data = apng.write_apng(np.repeat(CLIP[:1], limits.ANIMATION_MAX_FRAMES + 1, axis=0), even(20, 241), 0)
    assert "241 frames; at most 240" in refusal([put("joy.png", data)]).message


def test_a_canvas_that_claims_too_many_pixels_is_refused_before_one_is_decoded(put):
    data = apng.write_apng(CLIP, even(1, 5), 0)
    huge = edit(data, b"IHDR", lambda body: struct.pack(">II", 30_000, 30_000) + body[8:])
    huge = edit(huge, b"fcTL", lambda body: body[:4] + struct.pack(">II", 30_000, 30_000) + body[12:])
    assert "4500 million pixels, at most 128" in refusal([put("joy.png", huge)]).message
