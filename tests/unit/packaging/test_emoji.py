from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from packaging_samples import LINE, WEB, even, line_emoji, soft_clip

from popcon.errors import InvalidRequest, PictureBlank, TooLarge
from services.packaging import apng_reader, emoji, ladder
from services.packaging.emoji_rules import read_moving
from services.packaging.quality import Quality
from services.packaging.timeline import Timeline

SMALL_LINE = replace(LINE, canvas=(72, 72))
SMALL_WEB = replace(WEB, canvas=(72, 72))


def smooth(count, side=180):
    """Art without grain, that a palette holds well."""
    frames = []
    for turn in np.arange(count) * 2 * np.pi / count:
        down, across = np.mgrid[0:side, 0:side] / side - 0.5
        alpha = np.clip((0.4 + 0.05 * np.sin(turn) - np.hypot(across, down)) * side / 3, 0, 1)
        shade = np.dstack([200 + 60 * across, 120 - 60 * down, 90 + 0 * down, 255 * alpha])
        frames.append(np.rint(shade * (alpha > 0)[..., None]).astype(np.uint8))
    return frames


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
    ("target", "kinds"),
    [(SMALL_LINE, {0.9: "colours", 0.75: "colours"}), (SMALL_WEB, {0.8: "colours", 0.5: "lossy"})],
    ids=["line-emoji", "web"],
)
def test_the_search_fills_what_room_there_is(target, kinds):
    clip = grainy(6)
    first, palette = next(of_any_quality(clip, target))
    assert first == "256 colours"
    for share, kind in kinds.items():
        tight = replace(target, file_max_bytes=int(len(palette) * share))
        packed = emoji.pack_emoji(clip, even(1, 6), tight)
        assert 0.9 * ladder.room(tight) <= len(packed.data) <= ladder.room(tight)
        assert kind in str(packed.stats["rung"])


def of_any_quality(clip, target):
    """The rungs where the first palette is good enough, whatever it looks like."""
    line = Timeline(tuple(range(len(clip))), Fraction(1, len(clip)), 1)
    return ladder.rungs(np.stack(clip), line, target, Quality(0.0, 0.0))


def test_where_a_palette_is_not_enough_and_there_is_room_more_colours_are_taken():
    clip = grainy(6)
    roomy = emoji.pack_emoji(clip, even(1, 6), SMALL_LINE)
    plain = next(data for _, data in of_any_quality(clip, SMALL_LINE))
    assert apng_reader.read(plain).colour_type == 3
    assert apng_reader.read(roomy.data).colour_type == 6
    tight = emoji.pack_emoji(clip, even(1, 6), replace(SMALL_LINE, file_max_bytes=int(len(plain) * 1.2)))
    assert apng_reader.read(tight.data).colour_type == 3
    assert roomy.stats["ssim"] > tight.stats["ssim"]
    assert roomy.stats["edge_db"] > tight.stats["edge_db"] + 3


def test_a_palette_that_is_good_enough_stays_one_however_much_room_there_is():
    packed = emoji.pack_emoji(smooth(8), even(1, 8), LINE)
    assert packed.stats["rung"] == "256 colours"
    assert packed.stats["ssim"] >= 0.99
    assert packed.stats["edge_db"] >= 40


def test_where_the_fewest_colours_are_too_many_poses_are_held():
    clip = grainy(12)
    size = len(next(data for _, data in of_any_quality(clip, SMALL_LINE)))
    packed = emoji.pack_emoji(clip, even(1, 12), replace(SMALL_LINE, file_max_bytes=int(size * 0.45)))
    assert packed.stats["rung"].endswith("every pose held for 2 frames")
    assert packed.stats["frames"] == 12
    assert "distinct_frames" not in {breach.rule for breach in packed.breaches}


def test_some_room_is_left_under_the_limit():
    clip = grainy(5)
    size = len(next(data for _, data in of_any_quality(clip, SMALL_LINE)))
    just = replace(SMALL_LINE, file_max_bytes=int(size / 0.98))
    assert len(emoji.pack_emoji(clip, even(1, 5), just).data) <= 0.97 * just.file_max_bytes


@pytest.mark.parametrize("target", [SMALL_LINE, SMALL_WEB], ids=lambda target: target.id)
def test_quality_is_told_of_the_decoded_file(target):
    clip = smooth(6, 72)
    placed = [*clip[:3], *clip[2:]]
    packed = emoji.pack_emoji(placed, even(1, 7), target)
    assert 0.97 < packed.stats["ssim"] < 1
    assert 36 < packed.stats["edge_db"] < 60


def test_what_fits_on_no_rung_is_refused_with_what_to_do():
    with pytest.raises(TooLarge, match="fewer frames or less grain"):
        emoji.pack_emoji(grainy(5), even(1, 5), replace(SMALL_LINE, file_max_bytes=5_000))


def test_a_platform_that_refuses_palettes_gets_the_same_pixels_as_truecolour():
    truecolour, indexed = (
        emoji.pack_emoji(smooth(8), even(1, 8), replace(LINE, indexed=held)).data for held in (False, True)
    )
    assert apng_reader.read(truecolour).colour_type == 6
    assert apng_reader.read(indexed).colour_type == 3
    both = (list(read_moving(data, LINE.format).seen) for data in (truecolour, indexed))
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
