from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from packaging_samples import LINE, WEB, even, line_emoji, soft_clip

from popcon.errors import InvalidRequest, PictureBlank, TooLarge
from services.packaging import apng_reader, emoji
from services.packaging.emoji_rules import read_moving

SMALL_LINE = replace(LINE, canvas=(72, 72))
SMALL_WEB = replace(WEB, canvas=(72, 72))


def grainy(count):
    """Art that no palette can hold well."""
    frames = np.stack(soft_clip(count, 72))
    frames[..., :3] += np.random.default_rng(1).integers(0, 40, frames[..., :3].shape, dtype=np.uint8)
    frames[frames[..., 3] == 0] = 0
    return list(frames)


@pytest.mark.parametrize("target", [LINE, WEB], ids=lambda target: target.id)
def test_a_packed_emoji_holds_every_rule_of_its_target(target):
    packed = emoji.pack_emoji(soft_clip(12), even(1, 12), target)
    assert packed.breaches == ()
    assert packed.media_type == target.format.media_type
    assert packed.stats["bytes"] == len(packed.data) < 0.97 * target.file_max_bytes
    assert packed.stats["frames"] == 12


def test_twelve_frames_over_one_second_are_each_shown_for_a_twelfth():
    out = apng_reader.read(emoji.pack_emoji(soft_clip(12), even(1, 12), LINE).data)
    assert [frame.delay for frame in out.frames] == [Fraction(1, 12)] * 12
    assert out.plays == 4


def test_held_poses_keep_their_frames():
    frames = soft_clip(6)
    held = [frames[index] for index in (0, 0, 0, 1, 2, 3, 3, 4, 5, 5)]
    out = apng_reader.read(emoji.pack_emoji(held, even(2, 10), LINE).data)
    assert len(out.frames) == 10


def test_too_few_frames_that_differ_are_reported_and_packed_all_the_same():
    packed = emoji.pack_emoji(soft_clip(3), even(1, 3), LINE)
    assert [breach.rule for breach in packed.breaches] == ["distinct_frames"]
    assert packed.stats["frames"] == 6


def test_the_same_clip_gives_the_same_bytes():
    again = emoji.pack_emoji(soft_clip(8), even(1, 8), LINE)
    assert again.data == line_emoji()


@pytest.mark.parametrize(
    ("target", "shares", "last"),
    [(SMALL_LINE, (1.1, 0.95, 0.85, 0.75), "64 colours"), (SMALL_WEB, (1.1, 0.95, 0.83, 0.65), "lossy 75")],
    ids=["line-emoji", "web"],
)
def test_the_ladder_goes_down_until_the_file_fits(target, shares, last):
    clip, rungs = grainy(5), []
    size = len(emoji.pack_emoji(clip, even(1, 5), target).data)
    for share in shares:
        tight = replace(target, file_max_bytes=int(size * share))
        packed = emoji.pack_emoji(clip, even(1, 5), tight)
        assert len(packed.data) <= 0.97 * tight.file_max_bytes
        rungs.append(packed.stats["rung"])
    assert (rungs[0], rungs[-1]) == ("256 colours", last)
    assert len(set(rungs)) == len(rungs)


def test_some_room_is_left_under_the_limit():
    clip = grainy(5)
    size = len(emoji.pack_emoji(clip, even(1, 5), SMALL_LINE).data)
    just = replace(SMALL_LINE, file_max_bytes=int(size / 0.98))
    assert emoji.pack_emoji(clip, even(1, 5), just).stats["rung"] == "192 colours"


def test_what_fits_on_no_rung_is_refused_with_what_to_do():
    with pytest.raises(TooLarge, match="fewer frames or less grain"):
        emoji.pack_emoji(grainy(5), even(1, 5), replace(SMALL_LINE, file_max_bytes=5_000))


def test_a_platform_that_refuses_palettes_gets_the_same_pixels_as_truecolour():
    truecolour = emoji.pack_emoji(soft_clip(8), even(1, 8), replace(LINE, indexed=False)).data
    assert apng_reader.read(truecolour).colour_type == 6
    assert apng_reader.read(line_emoji()).colour_type == 3
    both = (list(read_moving(data, LINE.format).seen) for data in (truecolour, line_emoji()))
    assert all(np.array_equal(one, other) for one, other in zip(*both, strict=True))


def test_bad_input_is_refused():
    frames = soft_clip(5)
    with pytest.raises(InvalidRequest):
        emoji.pack_emoji([], [], LINE)
    with pytest.raises(InvalidRequest):
        emoji.pack_emoji(frames, even(1, 4), LINE)
    with pytest.raises(InvalidRequest):
        emoji.pack_emoji(frames, [Fraction(0)] * 5, LINE)
    with pytest.raises(InvalidRequest):
        emoji.pack_emoji([*frames[:4], frames[4][:32]], even(1, 5), LINE)
    with pytest.raises(InvalidRequest):
        emoji.pack_emoji([frame[..., :3] for frame in frames], even(1, 5), LINE)
    with pytest.raises(PictureBlank):
        emoji.pack_emoji([np.zeros_like(frame) for frame in frames], even(1, 5), LINE)
