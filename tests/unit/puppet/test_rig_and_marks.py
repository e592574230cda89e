"""Drawing: the warp without fringes, the marks within their boxes."""

import cv2
import numpy as np
import pytest

from popcon.imaging.resize import over, unpremultiply
from popcon.puppet.anatomy import study
from popcon.puppet.drawing import DRAWINGS
from popcon.puppet.marks import Mark, draw, stacked, union
from popcon.puppet.pose import Pose
from popcon.puppet.rig import Camera, Rig
from popcon.puppet.swing import still_swings


def posed(image, pose, camera=Camera()):  # noqa: B008
    anatomy = study(image)
    rig = Rig(image, anatomy)
    return unpremultiply(rig.draw(pose, still_swings(pose, anatomy.limbs), camera, image.shape[0], rig.body))


def test_the_rest_pose_gives_the_picture_back(figure):
    difference = over(posed(figure, Pose()), (255, 255, 255)).astype(int) - over(figure, (255, 255, 255))
    assert np.abs(difference).mean() < 1.0
    assert np.abs(difference).max() < 60


def test_a_lifted_arm_is_up_and_nowhere_else(figure):
    lifted = posed(figure, Pose(lift_right=1))
    hand = figure[104:120, 130:146, 3]
    assert (hand > 128).sum() > 40
    assert (lifted[104:120, 130:146, 3] > 128).sum() == 0
    assert (lifted[60:86, 122:150, 3] > 128).sum() > 80
    np.testing.assert_allclose(lifted[100:120, 14:60, 3], posed(figure, Pose())[100:120, 14:60, 3], atol=2)


@pytest.mark.parametrize("lift", [-1, -0.4, 0.3, 0.7, 1])
def test_a_swinging_arm_stays_with_the_body(figure, lift):
    solid = np.asarray(posed(figure, Pose(lift_left=lift, lift_right=lift))[..., 3] > 128, np.uint8)
    assert cv2.connectedComponents(solid)[0] == 2
    area = np.count_nonzero(figure[..., 3] > 128)
    assert np.count_nonzero(solid) == pytest.approx(area, rel=0.05)


def test_no_edge_takes_on_a_foreign_colour(draw_svg):
    """A white figure on transparent black, moved: every visible pixel stays white."""
    white = draw_svg('<circle cx="80" cy="90" r="55" fill="#fff"/>')
    moved = posed(white, Pose(lean=0.1, bend=0.1, stretch=0.9, tilt=0.2))
    seen = moved[moved[..., 3] > 8]
    assert len(seen) > 5000
    assert seen[:, :3].min() >= 240


def test_what_cannot_be_seen_has_no_colour(figure):
    moved = posed(figure, Pose(lean=0.1))
    assert not moved[moved[..., 3] == 0].any()


def test_a_camera_scales_and_shifts(draw_svg):
    square = draw_svg('<rect x="40" y="40" width="80" height="80" fill="#f00"/>')
    moved = posed(square, Pose(), Camera(0.5, 10, 20))
    rows, columns = np.nonzero(moved[..., 3] > 128)
    assert (columns.min(), columns.max() + 1, rows.min(), rows.max() + 1) == (30, 70, 40, 80)


def test_haze_is_nothing(draw_svg):
    hazy = draw_svg('<rect x="50" y="50" width="60" height="90" fill="#f00"/>')
    hazy[:20] = (255, 255, 255, 3)
    assert posed(hazy, Pose())[:20, :, 3].max() == 0


@pytest.mark.parametrize("name", sorted(DRAWINGS))
@pytest.mark.parametrize(("angle", "wide"), [(0.0, 1.0), (30.0, -1.0), (100.0, 0.5)])
def test_a_shape_is_drawn_within_its_box(name, angle, wide):
    mark = Mark(name, 80, 80, 40, angle, 1.0, wide)
    picture = draw([mark], Camera(), 160)
    left, top, right, bottom = mark.box()
    rows, columns = np.nonzero(picture[..., 3] > 4)
    assert len(rows) > 50
    assert left - 1 <= columns.min()
    assert columns.max() <= right + 1
    assert top - 1 <= rows.min()
    assert rows.max() <= bottom + 1


def test_a_faded_mark_is_see_through_and_a_vanished_one_is_not_drawn():
    full, half = (draw([Mark("heart", 50, 50, 30, opacity=o)], Camera(), 100)[50, 50, 3] for o in (1.0, 0.5))
    assert (full, half) == (255, pytest.approx(128, abs=2))
    assert draw([Mark("heart", 50, 50, 30, opacity=0.0), Mark("heart", 50, 50, 0.0)], Camera(), 100) is None


def test_layers_cover_each_other_by_their_alpha():
    red = np.full((1, 1, 4), (255, 0, 0, 255), np.float32)
    half_blue = np.full((1, 1, 4), (0, 0, 127.5, 127.5), np.float32)
    assert stacked(red, half_blue)[0, 0] == pytest.approx([127.5, 0, 127.5, 255])


def test_the_union_holds_every_box():
    assert union([(0, 5, 10, 8), (-3, 6, 4, 20)]) == (-3, 5, 10, 20)
