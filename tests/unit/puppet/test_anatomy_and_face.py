"""What is found in a character, and the looks its eyes take on."""

import numpy as np
import pytest

from popcon.catalog.presets import PRESETS
from popcon.errors import PictureBlank
from popcon.puppet.anatomy import study
from popcon.puppet.face import LOOKS, wear

BLOB = '<circle cx="80" cy="90" r="55" fill="#f90"/>'


def test_eyes_are_found_where_they_are(figure):
    anatomy = study(figure)
    assert anatomy.eyes_found
    left, right = anatomy.eyes
    assert (left.x, left.y) == pytest.approx((65, 68), abs=1)
    assert (right.x, right.y) == pytest.approx((95, 68), abs=1)
    assert left.height == pytest.approx(14, abs=2)


@pytest.mark.parametrize(
    "features",
    [
        "",
        '<circle cx="80" cy="80" r="7"/>',
        '<circle cx="60" cy="60" r="6"/><circle cx="100" cy="95" r="6"/>',
        '<circle cx="60" cy="80" r="3"/><circle cx="100" cy="80" r="9"/>',
        "".join(f'<circle cx="{x}" cy="{y}" r="5"/>' for x in (60, 80, 100) for y in (70, 90)),
    ],
    ids=["none", "one", "at unlike heights", "of unlike size", "spots"],
)
def test_what_is_no_pair_of_eyes_is_not_taken_for_one(draw_svg, features):
    anatomy = study(draw_svg(BLOB + features))
    assert not anatomy.eyes_found
    left, right = anatomy.eyes
    assert 25 < left.x < right.x < 135


def test_box_and_base_are_those_of_what_can_be_seen(draw_svg):
    anatomy = study(draw_svg('<rect x="40" y="30" width="80" height="100" fill="#f90"/>'))
    assert anatomy.box == (40, 30, 120, 130)
    assert (anatomy.body.x, anatomy.body.base) == (80, 130)
    assert anatomy.edge(0.5, 1) == pytest.approx(120, abs=1)


def test_a_see_through_character_is_studied_like_a_solid_one(draw_svg):
    solid = study(draw_svg('<rect x="40" y="30" width="80" height="100" fill="#f90"/>'))
    clear = study(draw_svg('<rect x="40" y="30" width="80" height="100" fill="#f90" fill-opacity="0.3"/>'))
    assert clear.box == solid.box


def test_arms_are_told_from_a_wide_body(figure, draw_svg):
    assert study(figure).body.arms == (True, True)
    assert study(draw_svg(BLOB)).body.arms == (False, False)


def test_nothing_to_see_is_refused():
    with pytest.raises(PictureBlank):
        study(np.zeros((64, 64, 4), np.uint8))


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_changes_the_eyes_and_nothing_else(figure, name):
    changed = np.any(wear(figure, study(figure), LOOKS[name]) != figure, axis=2)
    rows, columns = np.nonzero(changed)
    assert len(rows) > 20
    assert rows.min() > 48
    assert rows.max() < 88
    assert columns.min() > 50
    assert columns.max() < 110


def test_closed_eyes_leave_no_trace_of_the_open_ones(figure):
    closed = wear(figure, study(figure), LOOKS["happy"])
    assert figure[73, 65, :3].max() < 40
    np.testing.assert_allclose(closed[73, 65, :3], (0x33, 0xAA, 0x88), atol=6)


def test_a_character_whose_eyes_were_not_found_keeps_its_face(draw_svg):
    blob = draw_svg(BLOB)
    assert wear(blob, study(blob), LOOKS["happy"]) is blob


def test_every_preset_wears_a_known_look():
    assert {preset.face for preset in PRESETS.values()} <= set(LOOKS)
