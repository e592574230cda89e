"""Slack and Kakao: what a GIF and a set that moves only in part must hold."""

import io
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from gif_samples import FOR_EVER, Drawn, by_hand
from packaging_samples import even, join, soft_clip, split
from PIL import Image

from popcon.catalog import targets
from popcon.catalog.target import Format, Stills
from popcon.errors import TooLarge
from services.packaging import apng, assemble, checker, gif, gif_reader
from services.packaging.assemble import SetItem
from services.packaging.emoji import pack_emoji
from services.packaging.emoji_rules import check_emoji, read_moving
from services.packaging.in_set import pack_at

SLACK, KAKAO = targets.find("slack"), targets.find("kakao")
STILL = KAKAO.at(4)
PALETTE = np.array([(0, 0, 0, 0), (220, 80, 40, 255), (255, 255, 255, 255)], np.uint8)


def drawing(count=5, side=128):
    """Palette indices of a small square that grows."""
    frames = np.zeros((count, side, side), np.uint8)
    for number in range(count):
        frames[number, 60:90, 40 : 50 + number % 30] = 1
    return frames


def written(frames, seconds=1, matte=None):
    return gif.write_gif(frames, PALETTE, even(seconds, len(frames)), matte)


def filled(index):
    frames = drawing()
    frames[1:3] = np.where(frames[1:3] == 0, index, frames[1:3])
    return frames


def cornered(side=128):
    frames = drawing(side=side)
    frames[2, 0, side - 1] = 1
    return frames


def empty_first(side=128):
    frames = drawing(6, side)
    frames[0] = 0
    return frames


def by_box(**first):
    """An emoji whose first frame is only a box of the canvas."""
    boxes = [Drawn(np.full((10, 10 + number), 1), corner=(50, 50), **first) for number in range(2)]
    return by_hand(*boxes, canvas=(128, 128))


GOOD = written(drawing())
SLACK_PLANTED = {
    "opaque background": ({"no_transparency"}, lambda: written(filled(2))),
    "opaque corner": ({"opaque_corner"}, lambda: written(cornered())),
    "no transparent colour": ({"no_transparent_colour"}, lambda: by_box(transparent=None)),
    "180 pixels": ({"canvas"}, lambda: written(drawing(side=180))),
    "51 frames": ({"frame_count"}, lambda: written(drawing(51), 3)),
    "a still": ({"not_animated"}, lambda: written(drawing(1))),
    "all frames equal": ({"distinct_frames"}, lambda: written(drawing(1)[[0, 0, 0]])),
    "plays once": ({"plays"}, lambda: GOOD.replace(FOR_EVER, b"")),
    "plays three times": ({"plays"}, lambda: GOOD.replace(FOR_EVER, FOR_EVER[:-3] + b"\2\0\0")),
    "0.01 s": ({"short_delay"}, lambda: by_box(delay=1)),
    "0 delay": ({"zero_delay"}, lambda: by_box(delay=0)),
    "empty first frame": ({"first_frame_empty"}, lambda: written(empty_first())),
    "too many bytes": ({"file_too_large"}, lambda: GOOD[:-1] + b"!\xfe" + (b"\xff" + bytes(255)) * 510 + b"\0;"),
    "an APNG": ({"damaged_signature"}, lambda: apng.write_apng(PALETTE[drawing()], even(1, 5), 0)),
    "cut short": ({"damaged_chunks"}, lambda: GOOD[:-20]),
    "rubbish for pixels": ({"damaged_pixels"}, lambda: GOOD[:-12] + b"\xff" * 10 + GOOD[-2:]),
}


def test_a_slack_emoji_that_holds_every_rule_has_no_breach():
    assert check_emoji(GOOD, SLACK) == []
    assert check_emoji(by_box(), SLACK) == []


@pytest.mark.parametrize("name", SLACK_PLANTED)
def test_a_planted_breach_of_slack_is_named_and_nothing_else_is(name):
    rules, make = SLACK_PLANTED[name]
    assert {breach.rule for breach in check_emoji(make(), SLACK)} == rules


def test_a_huge_canvas_is_not_decoded():
    assert {breach.rule for breach in check_emoji(b"GIF89a" + b"\xff" * 4 + GOOD[10:], SLACK)} == {"canvas"}


def on_white(frames):
    return written(frames, matte=(255, 255, 255))


KAKAO_PLANTED = {
    "transparent": ({"see_through"}, lambda: written(drawing(side=360))),
    "on black": ({"background"}, lambda: written(drawing(side=360), matte=(0, 0, 0))),
    "art in a corner": ({"background"}, lambda: on_white(cornered(360))),
    "25 frames": ({"frame_count"}, lambda: on_white(drawing(25, 360))),
    "empty first frame": ({"first_frame_empty"}, lambda: on_white(empty_first(360))),
    "a PNG": ({"damaged_signature"}, lambda: still()),
}


def still(side=360, colour=(220, 80, 40, 255), mode="RGBA"):
    frame = np.zeros((side, side, 4), np.uint8)
    frame[100:150, 100:150] = colour
    out = io.BytesIO()
    Image.fromarray(frame).convert(mode).save(out, "PNG")
    return out.getvalue()


STILL_PLANTED = {
    "moving": ({"animated"}, lambda: apng.write_apng(PALETTE[drawing(side=360)], even(1, 5), 0)),
    "320 pixels": ({"canvas"}, lambda: still(320)),
    "grey": ({"colour_type"}, lambda: still(mode="LA")),
    "on white": ({"colour_type"}, lambda: still(mode="RGB")),
    "nothing": ({"first_frame_empty"}, lambda: still(colour=(0, 0, 0, 0))),
    "a GIF": ({"damaged_signature"}, lambda: on_white(drawing(side=360))),
}


def test_kakao_emoji_that_hold_every_rule_have_no_breach():
    assert check_emoji(on_white(drawing(side=360)), KAKAO) == []
    assert check_emoji(still(), STILL) == []


@pytest.mark.parametrize("name", KAKAO_PLANTED)
def test_a_planted_breach_of_a_moving_kakao_emoji_is_named_and_nothing_else_is(name):
    rules, make = KAKAO_PLANTED[name]
    assert {breach.rule for breach in check_emoji(make(), KAKAO)} == rules


@pytest.mark.parametrize("name", STILL_PLANTED)
def test_a_planted_breach_of_a_still_kakao_emoji_is_named_and_nothing_else_is(name):
    rules, make = STILL_PLANTED[name]
    assert {breach.rule for breach in check_emoji(make(), STILL)} == rules


def test_a_packed_slack_emoji_holds_every_rule():
    packed = pack_emoji(soft_clip(12), even(1, 12), SLACK)
    assert (packed.breaches, packed.media_type, packed.stats["frames"]) == ((), "image/gif", 12)
    assert sum(frame.delay for frame in gif_reader.read(packed.data).frames) == 1


@cache
def moving():
    return pack_emoji(soft_clip(4), even(1, 4), KAKAO)


def at_rest(clip, target=KAKAO):
    return pack_at(clip, even(1, len(clip)), target, 4)


@cache
def resting():
    return at_rest(soft_clip(4))


def test_a_moving_kakao_emoji_lies_on_exact_white_with_its_glow():
    assert moving().breaches == ()
    frames = np.stack(list(gif_reader.compose(gif_reader.read(moving().data))))
    assert (frames[..., 3] == 255).all()
    assert (frames[:, :6] == 255).all()
    yellow = (frames[..., 0].astype(int) - frames[..., 2] > 20) & (frames[..., 1] > 220)
    assert yellow.any(axis=(1, 2)).all()


def test_a_still_kakao_emoji_is_the_frame_that_shows_most():
    clip = [frame * np.uint8(number == 2) for number, frame in enumerate(soft_clip(4))]
    packed = at_rest(clip)
    assert (packed.breaches, packed.media_type) == ((), "image/png")
    assert packed.data == at_rest(clip[2:3]).data


@cache
def kakao_set():
    items = [SetItem(str(number), (resting() if number > 3 else moving()).data) for number in range(1, 25)]
    return assemble.assemble_set(items, KAKAO)


def test_a_kakao_set_is_three_gif_and_twenty_one_png():
    names = [f"{number:02d}.gif" if number <= 3 else f"{number:02d}.png" for number in range(1, 25)]
    assert [name for name in kakao_set().files if name in names] == names
    assert kakao_set().breaches == []


def test_what_moves_where_a_still_is_wanted_and_a_heavy_still_are_named_with_their_files():
    heavy = join([*split(still())[:-1], (b"prVt", bytes(150_000)), (b"IEND", b"")])
    planted = {"02.gif": resting().data, "04.png": moving().data, "05.gif": moving().data, "07.png": heavy}
    found = checker.check_pack(assemble.write_zip(kakao_set().files | planted), KAKAO.id)
    assert {(breach.rule, breach.file) for breach in found} == {
        ("damaged_signature", "02.gif"),
        ("damaged_signature", "04.png"),
        ("foreign_file", "05.gif"),
        ("file_too_large", "07.png"),
    }


def test_the_target_of_a_kakao_set_is_worked_out():
    assert checker.detect_target(kakao_set().zip) == "kakao"


def grainy(count):
    """Art that no palette can hold well."""
    frames = np.stack(soft_clip(count, 72))
    frames[..., :3] += np.random.default_rng(1).integers(0, 40, frames[..., :3].shape, dtype=np.uint8)
    frames[frames[..., 3] == 0] = 0
    return list(frames)


def test_the_ladder_gives_up_colours_first_and_poses_after_them_until_the_file_fits():
    small, clip, rungs = replace(SLACK, canvas=(72, 72)), grainy(6), []
    size = len(pack_emoji(clip, even(1, 6), small).data)
    for share in (1.1, 0.97, 0.85, 0.65, 0.53):
        tight = replace(small, file_max_bytes=int(size * share))
        packed = pack_emoji(clip, even(1, 6), tight)
        assert len(packed.data) <= 0.97 * tight.file_max_bytes
        assert packed.stats["frames"] == len(gif_reader.read(packed.data).frames) == 6
        rungs.append(packed.stats["rung"])
    colours = [int(rung.partition(" ")[0]) for rung in rungs]
    assert colours[0] == 255 > colours[1] > colours[2]
    assert ["held" in rung for rung in rungs] == [False, False, False, True, True]
    assert len(set(rungs)) == len(rungs)


def test_a_heavy_still_gives_up_colours_until_it_fits():
    small, clip = replace(KAKAO, canvas=(72, 72)), grainy(1)
    size = len(at_rest(clip, small).data)
    limit = int(size * 0.7)
    packed = at_rest(clip, replace(small, stills=Stills(3, limit)))
    assert (packed.stats["rung"], len(packed.data) <= 0.97 * limit) == ("256 colours", True)
    (seen,) = read_moving(packed.data, Format.PNG).seen
    whole = read_moving(at_rest(clip, small).data, Format.PNG)
    assert np.abs(seen.astype(int) - next(whole.seen)).mean() < 2


def test_what_fits_on_no_rung_is_refused():
    with pytest.raises(TooLarge, match="fewer frames or less grain"):
        pack_emoji(grainy(6), even(1, 6), replace(SLACK, canvas=(40, 40), file_max_bytes=500))
