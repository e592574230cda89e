"""Limbs swing as a pose wants, and after the body."""

import numpy as np
import pytest

from popcon.puppet.anatomy import study
from popcon.puppet.limbs import swung
from popcon.puppet.motions import MOTIONS
from popcon.puppet.pose import Pose
from popcon.puppet.swing import LIMIT, still_swings, swings

COUNT = 80


@pytest.fixture(scope="module")
def anatomy(figure):
    return study(figure)


def shaken(anatomy, seconds=1.0):
    poses = [Pose(side=0.05 * np.sin(2 * np.pi * 2 * i / COUNT)) for i in range(COUNT)]
    return poses, swings(poses, seconds, anatomy.body, anatomy.limbs)


def test_swinging_back_undoes_swinging(anatomy):
    limb = anatomy.limbs[0]
    x, y = np.meshgrid(np.arange(0, 160, 7, dtype=np.float32), np.arange(0, 160, 7, dtype=np.float32))
    back = swung(limb, -0.8, -0.3, *swung(limb, 0.8, 0.3, x, y))
    np.testing.assert_allclose(back, (x, y), atol=1e-2)


def test_up_is_up_on_both_sides(anatomy):
    for limb in anatomy.limbs:
        tip = [np.array([part], np.float32) for part in limb.tip]
        assert swung(limb, 0.5, 0.0, *tip)[1][0] < limb.tip[1] - 5


def test_a_body_at_rest_leaves_its_limbs_at_rest(anatomy):
    for each in swings([Pose()] * COUNT, 1.0, anatomy.body, anatomy.limbs):
        np.testing.assert_allclose(each, 0, atol=1e-3)


def test_limbs_follow_a_shaken_body_late(anatomy):
    poses, each = shaken(anatomy)
    side = np.array([pose.side for pose in poses])
    curl = np.array([swing[0].curl for swing in each])
    assert np.ptp(curl) > 0.02
    turns = np.fft.rfft(curl)[2] / np.fft.rfft(side)[2]
    assert abs(turns.imag) > 0.2 * abs(turns.real)


@pytest.mark.parametrize("name", MOTIONS)
def test_a_swing_closes_in_position_and_speed_and_stays_bounded(anatomy, name):
    poses = [MOTIONS[name].pose(i / COUNT) for i in range(COUNT)]
    for limb in np.array(swings(poses, MOTIONS[name].seconds, anatomy.body, anatomy.limbs)).transpose(1, 2, 0):
        steps = np.abs(np.diff(np.append(limb, limb[:, :1], axis=1)))
        assert steps[:, -1].max() <= steps.max() + 1e-9
        assert np.abs(limb[1]).max() <= LIMIT


def test_no_arm_is_turned_into_the_body(anatomy):
    for lift in (-9.0, 9.0):
        for limb, swing in zip(
            anatomy.limbs, still_swings(Pose(lift_left=lift, lift_right=lift), anatomy.limbs), strict=True
        ):
            assert -1.6 < limb.rise + swing.angle < 1.4
