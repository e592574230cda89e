"""The files that an artist edits: each drawing whole and within its view box, each effect file understood."""

from pathlib import Path

import numpy as np
import pytest

from popcon.puppet import effects
from popcon.puppet.drawing import DRAWINGS, drawing, markup
from popcon.puppet.hand import Hand, measure
from popcon.puppet.marks import Mark, draw
from popcon.puppet.rig import Camera

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_a_drawing_shows_something_and_stays_within_its_view_box(name):
    found = drawing(name)
    assert max(found.bare) > 0
    assert max(found.outlined) <= 1.28


def test_a_hand_of_thin_lines_makes_outlines_thinner_and_of_bold_ones_wider():
    heart = drawing("heart")
    thin, bold = (heart.width_factor(Hand(line, "", 0.0), 40.0) for line in (2.0, 14.0))
    assert thin < bold


def test_a_colour_of_the_effect_replaces_the_drawings_own():
    assert "#123456" in markup("heart", "#123456", 1.0, None)
    assert "#123456" not in markup("heart", "", 1.0, None)


@pytest.mark.parametrize("name", ["check", "cross", "exclamation", "question", "vein"])
def test_signals_keep_their_colour_where_a_pale_hand_draws(name):
    signal, heart = (markup(each, "#ff0000", 1.0, Hand(4.0, "", 1.0)) for each in (name, "heart"))
    assert "#ff0000" in signal
    assert "#ff0000" not in heart


@pytest.mark.parametrize("name", ["question", "zed", "balloon"])
def test_what_can_be_read_is_not_mirrored(name):
    def drawn(wide):
        return draw([Mark(name, 50, 50, 38, 0.0, 1.0, wide)], Camera(), 100)

    mirrored, plain = drawn(-1.0), drawn(1.0)
    inside = slice(24, 62), slice(24, 76)
    assert np.abs(mirrored[inside] - plain[inside]).mean() < 12


@pytest.mark.parametrize("name", ["swish", "gloom", "squiggle"])
def test_lines_without_an_outline_are_seen_on_light_and_on_dark(name):
    drawn = draw([Mark(name, 32, 32, 26)], Camera(), 64)
    alpha = drawn[..., 3:] / 255
    for ground in (255.0, 32.0):
        seen = drawn[..., :3] + (1 - alpha) * ground
        assert (np.abs(seen - ground).max(axis=2) > 90).sum() > 120


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('[[emitter]]\ndrawing = "hart"\nsize = 0.1\nfade = [0.1, 0.1]', "hart"),
        ('[[emitter]]\ndrawing = "heart"\nanchor = "knee"\nsize = 0.1\nfade = [0.1, 0.1]', "knee"),
        ('[[emitter]]\ndrawing = "heart"\npath = "float"\nreach = 1\nsize = 0.1', "jump"),
        ('[[emitter]]\ndrawing = "heart"\nsize = 0.1\nfade = [0.1, 0.1]\ncolor = "red"', "color"),
    ],
)
def test_an_effect_file_with_a_mistake_is_refused_with_what_is_wrong(text, wrong):
    with pytest.raises(ValueError, match=wrong):
        effects.read(text)


def test_the_effect_that_the_documentation_shows_is_understood():
    text = (ROOT / "docs/puppet.md").read_text(encoding="utf-8")
    shown = effects.read(text.split("```toml")[1].split("```")[0])
    assert [lane.drawing for emitter in shown.emitters for lane in emitter.lanes] == ["heart", "heart"]
    assert set(shown.words) == {"en", "ko", "ja"}


def outlined(width, ink, fill):
    """A disc with an outline of so many pixels, 200 pixels square."""
    rows, columns = np.mgrid[0:200, 0:200] + 0.5
    far = np.hypot(rows - 100, columns - 100)
    picture = np.zeros((200, 200, 4), np.uint8)
    picture[far < 80] = (*ink, 255)
    picture[far < 80 - width] = (*fill, 255)
    return picture


@pytest.mark.parametrize("width", [3, 6])
def test_the_hand_has_the_width_and_the_colour_of_the_outline(width):
    hand = measure(outlined(width, (30, 30, 60), (240, 200, 90)))
    assert hand.line == pytest.approx(width, abs=1.6)
    assert hand.ink == "#1e1e3c"


def test_a_pale_character_has_a_paler_hand_than_a_strong_one():
    pale, strong = (measure(outlined(4, (150, 130, 170), fill)) for fill in ((250, 235, 245), (255, 60, 40)))
    assert pale.paleness > strong.paleness


def test_without_an_outline_there_is_no_ink_and_a_usual_line():
    hand = measure(outlined(0, (0, 0, 0), (240, 200, 90)))
    assert hand.ink == ""
    assert 1 < hand.line < 12
