import pytest

from popcon.catalog import limits, targets
from popcon.errors import UnknownTarget


def test_line_emoji_says_what_the_platform_says():
    line = targets.find("line-emoji")
    assert (line.canvas, line.frames, line.seconds, line.plays_seconds) == ((180, 180), (5, 20), (1, 2, 3, 4), 4)
    assert (line.file_max_bytes, line.set_size, line.tab_size) == (300_000, (8, 40), (96, 74))
    assert line.zip_max_bytes < 20_000_000
    assert line.distinct_min == 5


def test_files_are_numbered_from_one_with_leading_zeros():
    assert [targets.find("line-emoji").file_name(number) for number in (1, 40)] == ["001.png", "040.png"]
    assert targets.find("web").file_name(7) == "007.webp"


@pytest.mark.parametrize("target", targets.TARGETS.values(), ids=lambda target: target.id)
def test_every_target_is_consistent(target):
    assert targets.find(target.id) is target
    assert target.frames[0] <= target.frames[1]
    assert target.distinct_min <= target.frames[0]
    assert target.set_size[0] <= target.set_size[1] <= limits.ACTIONS_MAX
    assert 0 < 2 * target.margin < min(target.canvas)
    assert target.zip_max_bytes < limits.PACK_MAX_BYTES
    assert target.tab_name not in {target.file_name(number) for number in range(1, 1000)}
    assert target.source.startswith("https://")


@pytest.mark.parametrize(("wrong", "near"), [("line", "line-emoji"), ("LINE-EMOJI", "line-emoji"), ("webp", "web")])
def test_an_unknown_target_is_refused_with_what_was_probably_meant(wrong, near):
    with pytest.raises(UnknownTarget, match=near) as refusal:
        targets.find(wrong)
    assert refusal.value.field == "target"


def test_a_target_like_no_other_is_refused_with_the_whole_list():
    with pytest.raises(UnknownTarget, match="line-emoji, web"):
        targets.find("qqqqqq")
