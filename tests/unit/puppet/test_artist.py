"""Every action of unlike characters: told from one another, closed, clear of the border, whole; and hard characters."""

from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from bench.artist import measures
from bench.artist.descriptors import describe
from bench.artist.loops import loop, play_of, start_frame
from bench.artist.recognition import recognise
from popcon.catalog.presets import PRESETS
from popcon.imaging.resize import unpremultiply
from popcon.puppet.anatomy import study
from popcon.puppet.pose import Pose
from popcon.puppet.rig import Camera, Rig
from popcon.puppet.scene import Scene
from popcon.puppet.swing import still_swings
from tests.fixtures.characters import CHARACTERS, HARD, character

SMALL = 80
SIDE = 128
QUICK = (CHARACTERS[0], "octopus")
RIGHT = 0.9
SEAM = 1.0


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
    if not measures.area_kept(areas.min(), areas.max()):
        yield "its body does not keep its area"


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


@pytest.mark.parametrize("name", ["penguin", "bunny", "octopus", "ghost", "robot"])
@pytest.mark.parametrize("way", [-1.0, 0.5, 1.0])
def test_where_a_limb_leaves_it_the_body_is_whole_and_the_limb_stays_with_it(name, way):
    picture = start_frame(character(name), PRESETS["wow"], 160)
    anatomy = study(picture)
    rig, pose = Rig(picture, anatomy), Pose(lift_left=way, lift_right=way, perk=way, tail=way)
    rest, posed = (
        unpremultiply(rig.draw(Pose(), still_swings(held, anatomy.limbs), Camera(), 160, rig.body))
        for held in (Pose(), pose)
    )
    assert np.abs(rest.astype(int) - picture)[picture[..., 3] == 255].mean() < 2
    limbs = np.max([limb.mask for limb in anatomy.limbs], axis=0)
    trunk = (picture[..., 3] == 255) & (cv2.dilate(limbs, np.ones((5, 5), np.uint8)) == 0)
    assert np.abs(posed.astype(int) - rest)[trunk].max() < 40
    parts = [cv2.connectedComponents(np.asarray(each[..., 3] > 128, np.uint8))[0] for each in (rest, posed)]
    assert parts[0] == parts[1]


@pytest.mark.parametrize("name", ["penguin", "ghost"])
def test_arms_are_over_the_shoulders_when_a_character_waves_or_cheers(name):
    for preset, arms in (("wave", 1), ("cheer", 2), ("joy", 2)):
        scene = Scene(start_frame(character(name), PRESETS[preset], 256), play_of(PRESETS[preset]), seed=7)
        limbs, first = scene._anatomy.limbs, scene._moments[0].swings
        assert sum(limb.rise + swing.angle > 0.5 for limb, swing in zip(limbs, first, strict=True)) >= arms


@pytest.mark.parametrize("name", ["mug", "robot", "teddy"])
def test_who_has_no_arm_waves_with_the_whole_body(name):
    scene = Scene(start_frame(character(name), PRESETS["wave"], SMALL), play_of(PRESETS["wave"]), seed=7)
    assert np.ptp([moment.pose.lean for moment in scene._moments]) > 0.34


def test_bunny_ears_shoot_up_and_the_robots_antenna_stays():
    start = start_frame(character("bunny"), PRESETS["surprise"], 160)
    scene = Scene(start, play_of(PRESETS["surprise"]), seed=7)
    angles = [
        limb.rise + swing.angle for limb, swing in zip(scene._anatomy.limbs, scene._moments[0].swings, strict=True)
    ]
    assert len(angles) == 2
    assert all(1.1 < angle < 1.75 for angle in angles)
    robot = study(start_frame(character("robot"), PRESETS["tired"], 160))
    assert [limb.kind for limb in robot.limbs] == ["antenna"]
    assert still_swings(Pose(perk=-1.0, tail=-1.0), robot.limbs) == [(0.0, 0.0)]


@pytest.mark.parametrize("name", ["penguin", "bunny", "mug", "cat", "teddy"])
def test_a_mouth_is_found_at_one_place_of_the_face_whatever_the_start_frame(name):
    places = []
    for preset in list(PRESETS.values())[::5]:
        found = study(start_frame(character(name), preset, 256))
        (left, right), mouth = found.eyes, found.mouth
        apart = np.array([right.x - left.x, right.y - left.y])
        away = np.array([mouth.x, mouth.y]) - np.array([left.x + right.x, left.y + right.y]) / 2
        places.append([away @ apart, away @ np.array([-apart[1], apart[0]])] / (apart @ apart))
        assert mouth.beak == (name == "penguin")
    assert np.abs(np.array(places)[:, 0]).max() < 0.15
    assert np.ptp(np.array(places)[:, 1]) < 0.3


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
