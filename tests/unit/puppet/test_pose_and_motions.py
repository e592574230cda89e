"""Poses move points smoothly and invertibly, and every choreography is a closed loop of them."""

from dataclasses import astuple

import numpy as np
import pytest

from popcon.catalog.presets import PRESETS
from popcon.puppet.direction import DEFAULT_PLAY
from popcon.puppet.motions import MOTIONS
from popcon.puppet.pose import Body, Pose, sources, targets

BODY = Body(256.0, 450.0, 300.0, 380.0)
BODY_PARTS = 8
"""Of a pose, before those of the limbs."""
REST = np.array(astuple(Pose()))


def grid():
    x, y = np.meshgrid(np.linspace(90, 420, 12), np.linspace(60, 455, 14))
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def test_the_rest_pose_moves_nothing():
    points = grid()
    x, y = sources(Pose(), BODY, points[:, 0], points[:, 1])
    np.testing.assert_allclose(np.stack([x, y], axis=1), points, atol=1e-3)


@pytest.mark.parametrize("name", MOTIONS)
def test_targets_undo_sources_in_every_pose(name):
    points = grid()
    for phase in np.arange(0, 1, 0.1):
        pose = MOTIONS[name].pose(phase)
        moved = targets(pose, BODY, points)
        x, y = sources(pose, BODY, moved[:, 0], moved[:, 1])
        np.testing.assert_allclose(np.stack([x, y], axis=1), points, atol=0.5)


@pytest.mark.parametrize("name", MOTIONS)
def test_no_pose_folds_the_character_over_itself(name):
    x, y = np.meshgrid(np.arange(0, 512, 8, dtype=np.float32), np.arange(0, 512, 8, dtype=np.float32))
    for phase in np.arange(0, 1, 0.05):
        u, v = sources(MOTIONS[name].pose(phase), BODY, x, y)
        area = np.gradient(u, axis=1) * np.gradient(v, axis=0) - np.gradient(u, axis=0) * np.gradient(v, axis=1)
        assert area.min() > 0.2 * 64


def test_a_stretch_keeps_the_area_and_the_base_line():
    corners = np.array([[156, 450], [356, 450], [356, 350]], np.float32)
    moved = targets(Pose(stretch=1.25), BODY, corners)
    assert moved[:2, 1] == pytest.approx(450, abs=0.1)
    assert moved[1, 0] - moved[0, 0] == pytest.approx(200 / 1.25, abs=0.5)
    assert moved[1, 1] - moved[2, 1] == pytest.approx(100 * 1.25, abs=0.5)


def test_feet_stay_while_the_head_tilts_to_the_right():
    moved = targets(Pose(tilt=0.2, bend=0.05, nod=0.05), BODY, np.array([[256, 450], [256, 80]], np.float32))
    assert moved[0] == pytest.approx([256, 450], abs=0.1)
    assert moved[1, 0] > 270


def test_mirroring_and_scaling_a_pose():
    pose = Pose(side=0.1, stretch=1.2, tilt=0.2, lift_left=0.3)
    assert pose.mirrored().mirrored() == pose
    assert pose.mirrored() == Pose(side=-0.1, stretch=1.2, tilt=-0.2, lift_right=0.3)
    assert pose.scaled(0.0) == Pose()
    assert pose.scaled(2.0).stretch == pytest.approx(1.4)


@pytest.mark.parametrize("name", MOTIONS)
def test_a_choreography_closes_in_position_and_speed(name):
    def at(phase):
        return np.array(astuple(MOTIONS[name].pose(phase)))

    step = 1e-5
    np.testing.assert_allclose(at(1.0), at(0.0), atol=1e-9)
    before, after = (at(1.0) - at(1.0 - step)) / step, (at(step) - at(0.0)) / step
    np.testing.assert_allclose(after, before, atol=0.01)


@pytest.mark.parametrize("name", MOTIONS)
def test_a_choreography_starts_near_rest_and_moves_visibly(name):
    poses = np.array([astuple(MOTIONS[name].pose(phase)) for phase in np.arange(0, 1, 0.05)])
    assert np.abs(poses[0] - REST)[:BODY_PARTS].max() < 0.13
    assert (poses.max(axis=0) - poses.min(axis=0)).max() > 0.03
    assert MOTIONS[name].seconds in (1, 2)


@pytest.mark.parametrize("name", MOTIONS)
def test_a_stance_differs_from_rest(name):
    assert MOTIONS[name].stance != Pose()


def test_no_two_presets_move_alike():
    assert len({preset.motion for preset in PRESETS.values()}) == len(PRESETS)


def test_every_motion_is_played_by_a_preset_or_by_default():
    assert {preset.motion for preset in PRESETS.values()} | {DEFAULT_PLAY.motion} == set(MOTIONS)
