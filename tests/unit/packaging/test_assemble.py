import io
import zipfile

import numpy as np
import pytest
from packaging_samples import LINE, WEB, even, line_emoji, soft_clip

from popcon.catalog import targets
from popcon.errors import InvalidRequest, PictureUnreadable
from services.packaging import apng_reader, assemble, emoji, placement
from services.packaging.assemble import SetItem
from services.packaging.extra_rules import check_extra
from services.packaging.extras import make_extra

(TAB,) = LINE.extras


def items(count):
    return [SetItem(f"act_{number}", line_emoji(number % 2)) for number in range(count)]


def test_a_set_of_eight_is_complete_and_holds_only_what_the_platform_takes():
    out = assemble.assemble_set(items(8), LINE)
    assert out.breaches == []
    assert list(out.files) == [f"00{number}.png" for number in range(1, 9)] + ["tab.png"]
    with zipfile.ZipFile(io.BytesIO(out.zip)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == out.files


def test_emoji_keep_the_order_given():
    out = assemble.assemble_set([SetItem("b", line_emoji(1)), SetItem("a", line_emoji(0))], LINE)
    assert (out.files["001.png"], out.files["002.png"]) == (line_emoji(1), line_emoji(0))


def test_a_set_below_the_minimum_is_made_and_says_so():
    out = assemble.assemble_set(items(3), LINE)
    assert [breach.rule for breach in out.breaches] == ["set_too_small"]
    assert "3 emoji; 8 to 40" in out.breaches[0].message
    assert len(out.files) == 4


def test_a_web_set_may_be_one_emoji():
    packed = emoji.pack_emoji(soft_clip(6), even(1, 6), WEB)
    out = assemble.assemble_set([SetItem("only", packed.data)], WEB)
    assert out.breaches == []
    assert list(out.files) == ["001.webp", "poster.png"]
    with zipfile.ZipFile(io.BytesIO(out.zip)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == out.files | out.notes


def test_the_same_emoji_give_the_same_zip_on_any_day():
    first, second = (assemble.assemble_set(items(8), LINE).zip for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_tab_image_comes_from_the_emoji_that_was_chosen():
    first, second = (assemble.assemble_set(items(8), LINE, name).files["tab.png"] for name in ("act_0", "act_1"))
    assert first != second
    assert assemble.assemble_set(items(8), LINE).files["tab.png"] == first


def test_no_emoji_and_an_unknown_tab_source_are_refused():
    with pytest.raises(InvalidRequest, match="at least one"):
        assemble.assemble_set([], LINE)
    with pytest.raises(InvalidRequest, match="act_9"):
        assemble.assemble_set(items(2), LINE, "act_9")


def test_a_grey_character_gets_a_tab_image_in_colour_type_rgba():
    grey = soft_clip(6)
    for frame in grey:
        frame[..., :3] = frame[..., :1]
    tab = apng_reader.read(make_extra(emoji.pack_emoji(grey, even(1, 6), LINE).data, LINE, TAB))
    assert (tab.width, tab.height, tab.colour_type, tab.animated) == (96, 74, 6, False)


def test_a_still_picture_is_made_from_the_frame_that_shows_most():
    frames = soft_clip(6)
    frames[3][40:60, 4:24] = (255, 220, 60, 255)
    packed = emoji.pack_emoji(frames, even(1, 6), LINE).data
    told = list(apng_reader.compose(apng_reader.read(packed)))[3]
    (seen,) = apng_reader.compose(apng_reader.read(make_extra(packed, LINE, TAB)))
    spot = placement.fit([told], TAB.size, TAB.margin)
    assert np.array_equal(seen, placement.place(told, spot))


def tall(effect_row=None):
    """A figure four times as tall as wide, with a red head and blue feet; beside it an effect, if asked for."""
    frames = []
    for number in range(5):
        frame = np.zeros((180, 180, 4), np.uint8)
        frame[6:174, 60 + number : 100 + number] = (90, 90, 90, 255)
        frame[6:40, 60 + number : 100 + number] = (230, 40, 40, 255)
        frame[150:174, 60 + number : 100 + number] = (40, 40, 230, 255)
        if effect_row is not None:
            frame[effect_row : effect_row + 24, 120:140] = (40, 230, 40, 255)
        frames.append(frame)
    return emoji.pack_emoji(frames, even(1, 5), LINE).data


def shows(picture, channel):
    """How many pixels are of nothing but a colour channel."""
    others = [each for each in range(3) if each != channel]
    return int(
        ((picture[..., channel] > 150) & (picture[..., others] < 100).all(axis=2) & (picture[..., 3] > 250)).sum()
    )


def tab_of(packed):
    (seen,) = apng_reader.compose(apng_reader.read(make_extra(packed, LINE, TAB)))
    return seen


def test_a_tall_figure_is_shown_from_the_head_down_to_the_edge_of_a_small_picture():
    seen = tab_of(tall())
    assert shows(seen, 0) > 500
    assert shows(seen, 2) == 0
    assert seen[-1, :, 3].any()
    assert not seen[0, :, 3].any()


def test_an_effect_that_the_cut_would_halve_is_left_out_and_one_above_it_stays():
    assert shows(tab_of(tall(effect_row=10)), 1) > 50
    assert shows(tab_of(tall(effect_row=55)), 1) == 0


def test_a_moving_extra_picture_holds_the_rules_of_its_target_on_its_own_canvas():
    sticker = targets.find("line-sticker")
    main = sticker.extras[0]
    packed = emoji.pack_emoji(soft_clip(8), even(1, 8), sticker).data
    made = make_extra(packed, sticker, main)
    read = apng_reader.read(made)
    assert (read.width, read.height, read.animated, len(read.frames)) == (240, 240, True, 8)
    assert check_extra(made, sticker, main) == []


def test_an_emoji_of_another_size_is_refused_before_it_is_decoded():
    large = emoji.pack_emoji(soft_clip(6), even(1, 6), targets.find("discord-sticker")).data
    with pytest.raises(PictureUnreadable):
        make_extra(large, LINE, TAB)
