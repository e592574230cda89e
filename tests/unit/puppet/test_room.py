"""Effects leave the character large: how much of the frame's height it takes, and what has a say in it."""

import pytest

from bench.artist.loops import play_of, start_frame
from popcon.catalog.presets import PRESETS
from popcon.puppet.anatomy import study
from popcon.puppet.marks import union
from popcon.puppet.scene import MARGIN, Scene
from tests.fixtures.characters import CHARACTERS, character

SIDE = 80
FAR = ("cry", "angry", "wow", "sleep", "fight")
LARGE = 0.6
"""Of the frame's height, at rest."""
KEPT = 0.88
"""Of the height that a character has by its movement alone, where that leaves little more than `LARGE`."""


def small(name, preset):
    """How tall the character is, and how tall by its movement alone, if that is too small."""
    start = start_frame(character(name), preset, SIDE)
    scene = Scene(start, play_of(preset), seed=7)
    _, top, _, bottom = study(start).box
    left, high, right, low = union(scene._body_boxes())
    alone = (bottom - top) * (1 - 2 * MARGIN) / max(right - left, low - high)
    tall = (bottom - top) * scene.camera.scale / SIDE
    return None if tall >= min(LARGE, KEPT * alone) else (preset.id, round(tall, 3), round(alone, 3))


def test_effects_that_fly_far_leave_a_wide_character_large():
    assert [found for preset in FAR if (found := small("octopus", PRESETS[preset]))] == []


@pytest.mark.full
@pytest.mark.parametrize("name", CHARACTERS)
def test_effects_leave_every_character_large(name):
    assert [found for preset in PRESETS.values() if (found := small(name, preset))] == []
