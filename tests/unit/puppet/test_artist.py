"""Every action of unlike characters: told from one another, closed, clear of the border, whole; and hard characters."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from bench.artist import measures
from bench.artist.descriptors import describe
from bench.artist.loops import loop, play_of, start_frame
from bench.artist.recognition import recognise
from popcon.catalog.presets import PRESETS
from popcon.puppet.scene import Scene
from tests.fixtures.characters import CHARACTERS, HARD, character

SMALL = 80
SIDE = 128
QUICK = (CHARACTERS[0], "octopus")
RIGHT = 0.9
SEAM = 1.2
BODY = 0.6
"""Of the frame's height that a character at rest takes at least."""


def played(name, side):
    return [loop(character(name), preset, side, 7 + CHARACTERS.index(name)) for preset in PRESETS.values()]


@pytest.fixture(scope="module")
def quick():
    """All actions of the reference and of a character without eyes that are found."""
    return {name: played(name, SMALL) for name in QUICK}


@pytest.fixture(scope="module")
def described(quick):
    return [[describe(made) for made in quick[name]] for name in QUICK]


@cache
def whole(name):
    """Of all actions of a character: their descriptions, and what breaks a rule."""
    made = played(name, SIDE)
    return [describe(each) for each in made], [f"{each.preset}: {breach}" for each in made for breach in broken(each)]


def broken(made):
    """The rules that a loop breaks."""
    areas = measures.areas(made)
    if measures.seam(made.frames) > SEAM:
        yield "the seam is a larger step than the others"
    if measures.at_border(made.frames):
        yield "it touches the border"
    if tall(made) < min(BODY, 0.92 * tall_alone(made)):
        yield "its effects make the character small"
    if not measures.area_kept(made.preset, areas.min(), areas.max()):
        yield "its body does not keep its area"


def tall(made):
    """The character's height at rest as a share of the frame's."""
    rows = np.flatnonzero((made.start[..., 3] > 127).any(axis=1))
    return made.camera.scale * (rows[-1] + 1 - rows[0]) / len(made.start)


def tall_alone(made):
    """The same, were there no effects: a character that moves far or is wide is small by itself."""
    extents = [np.flatnonzero((made.body[..., 3] > 64).any(axis=axes)) for axes in ((0, 1), (0, 2))]
    return tall(made) * 0.94 * len(made.start) / max(seen[-1] + 1 - seen[0] for seen in extents)


def test_an_action_is_told_by_its_movement_and_effects(described):
    assert recognise(*described).right >= RIGHT * len(PRESETS)


def test_actions_that_are_told_by_effects_differ_in_movement_too(described):
    """A few share a choreography; more would be one movement with many stickers."""
    assert recognise(*described, parts=(0,)).right >= 0.6 * len(PRESETS)


@pytest.mark.parametrize("name", QUICK)
def test_loops_close_keep_clear_of_the_border_and_keep_their_area(quick, name):
    assert [f"{made.preset}: {breach}" for made in quick[name] for breach in broken(made)] == []


def test_the_drawn_area_is_the_area_of_the_poses(quick):
    made = next(each for each in quick[QUICK[0]] if each.preset == "sorry")
    posed = measures.posed_areas(made.start, PRESETS["sorry"])
    assert abs(measures.areas(made).min() - posed.min()) < 0.06


@pytest.mark.parametrize("kind", HARD)
def test_a_hard_character_is_whole_and_moves(kind):
    preset = PRESETS["cheer"]
    start = start_frame(HARD[kind](), preset, SMALL)
    frames = np.stack(list(Scene(start, play_of(preset), seed=3).frames()))
    assert not measures.at_border(frames)
    assert all(np.any(a != b) for a, b in pairwise(frames))
    assert (frames[..., 3] > 127).mean(axis=(1, 2)).min() > 0.02


@pytest.mark.full
@pytest.mark.parametrize("name", CHARACTERS[1:])
def test_actions_of_every_character_are_told_by_their_frames(name):
    assert recognise(whole(CHARACTERS[0])[0], whole(name)[0]).right >= RIGHT * len(PRESETS)


@pytest.mark.full
@pytest.mark.parametrize("name", CHARACTERS)
def test_loops_of_every_character_close_and_are_whole(name):
    assert whole(name)[1] == []


@pytest.mark.full
@pytest.mark.parametrize("kind", HARD)
@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.id)
def test_every_action_of_a_hard_character_keeps_clear_of_the_border(kind, preset):
    start = start_frame(HARD[kind](), preset, 128)
    assert not measures.at_border(np.stack(list(Scene(start, play_of(preset), seed=3).frames())))
