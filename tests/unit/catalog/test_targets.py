import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcon.catalog import limits, targets
from popcon.catalog.naming import NameRule
from popcon.errors import UnknownTarget


def test_line_emoji_says_what_the_platform_says():
    line = targets.find("line-emoji")
    timing = line.timing
    assert (line.canvas, timing.frames, timing.seconds, timing.plays_seconds) == ((180, 180), (5, 20), (1, 2, 3, 4), 4)
    assert (line.file_max_bytes, line.set_size) == (300_000, (8, 40))
    assert [(extra.name, extra.size) for extra in line.extras] == [("tab.png", (96, 74))]
    assert line.zip_max_bytes < 20_000_000
    assert timing.distinct_min == 5


def test_files_are_numbered_from_one_with_leading_zeros():
    assert [targets.find("line-emoji").file_name(number) for number in (1, 40)] == ["001.png", "040.png"]
    assert targets.find("web").file_name(7) == "007.webp"


THUMBS = [("Thumbs up!", "ok"), ("사랑해", "love"), ("ありがとう 2", ""), ("Café au lait", ""), ("Don't", ""), ("", "")]


def test_emoji_are_named_by_label_else_by_preset_else_by_number():
    names = ["Thumbs_up.webp", "love.webp", "emoji_03.webp", "Cafe_au_lait.webp", "Dont.webp", "emoji_06.webp"]
    assert targets.find("discord-emoji").file_names(THUMBS) == names


def test_a_rule_without_capitals_gives_small_letters():
    slack = NameRule("a-z0-9_-", (1, 100))
    assert [slack.best(texts, 7) for texts in THUMBS[:3]] == ["thumbs_up", "love", "emoji_07"]


def test_numbered_targets_number_whatever_the_labels_say():
    assert targets.find("whatsapp").file_names(THUMBS[:2]) == ["01.webp", "02.webp"]


def test_names_that_would_be_the_same_on_any_file_system_are_numbered():
    labels = [("Joy",), ("joy",), ("Joy 2",), ("JOY",)]
    assert targets.find("discord-sticker").file_names(labels) == ["Joy.png", "joy_2.png", "Joy_2_2.png", "JOY_3.png"]


@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=20)), min_size=1, max_size=40))
def test_any_labels_give_names_that_the_platform_takes_and_no_two_the_same(texts):
    target = targets.find("discord-emoji")
    names = [name.removesuffix(".webp") for name in target.file_names(texts)]
    assert all(target.names.takes(name) for name in names)
    assert len({name.lower() for name in names}) == len(texts)


@pytest.mark.parametrize("target", targets.TARGETS.values(), ids=lambda target: target.id)
def test_every_target_is_consistent(target):
    assert targets.find(target.id) is target
    least, most = target.timing.frames
    assert target.timing.distinct_min <= least <= most
    assert target.sizes.takes(target.canvas)
    assert all(map(target.sizes.takes, target.smaller))
    assert sorted({target.canvas, *target.smaller}, reverse=True) == [target.canvas, *target.smaller]
    assert target.set_size[0] <= target.set_size[1] <= limits.ACTIONS_MAX
    assert 0 < 2 * target.margin < min(target.canvas)
    assert target.zip_max_bytes < limits.PACK_MAX_BYTES
    assert not {extra.name for extra in target.extras} & {target.file_name(number) for number in range(1, 1000)}
    assert target.source.startswith("https://")
    assert 0 <= target.shown[0] < target.shown[1]


@pytest.mark.parametrize(
    ("size", "taken"),
    [((320, 270), True), ((200, 270), True), ((320, 100), True), ((269, 269), False), ((321, 200), False)],
)
def test_a_line_sticker_may_be_smaller_on_one_side_only(size, taken):
    assert targets.find("line-sticker").sizes.takes(size) is taken


@pytest.mark.parametrize(("wrong", "near"), [("line", "line-emoji"), ("LINE-EMOJI", "line-emoji"), ("webp", "web")])
def test_an_unknown_target_is_refused_with_what_was_probably_meant(wrong, near):
    with pytest.raises(UnknownTarget, match=near) as refusal:
        targets.find(wrong)
    assert refusal.value.field == "target"


def test_a_target_like_no_other_is_refused_with_the_whole_list():
    with pytest.raises(UnknownTarget, match=r"line-emoji, .*, web"):
        targets.find("qqqqqq")
