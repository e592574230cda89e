"""What is found in a character, and the looks its eyes take on."""

import numpy as np
import pytest

from popcon.catalog.presets import PRESETS
from popcon.errors import PictureBlank
from popcon.puppet.anatomy import study
from popcon.puppet.face import EXPRESSIONS, LOOKS, wear, worn
from popcon.puppet.pose import NECK, NECK_SPAN

BODY = '<path d="M40 140 C28 60 50 30 80 30 C110 30 132 60 120 140 Z" fill="#3a8"/>'
ARMS = '<path d="M44 90 L22 112 M116 90 L138 112" stroke="#3a8" stroke-width="9" stroke-linecap="round"/>'
FIGURE = ARMS + BODY + '<ellipse cx="65" cy="68" rx="5" ry="7"/><ellipse cx="95" cy="68" rx="5" ry="7"/>'
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


MOUTH = '<path d="M72 84 Q80 92 88 84" fill="none" stroke="#143" stroke-width="3" stroke-linecap="round"/>'
BEAK = '<ellipse cx="80" cy="86" rx="9" ry="6" fill="#fb2"/>'


def test_arms_are_found_with_their_shoulders_and_hands(figure):
    left, right = sorted(study(figure).limbs, key=lambda limb: limb.side)
    assert (left.kind, left.side, right.kind, right.side) == ("arm", -1, "arm", 1)
    assert right.root == pytest.approx((119, 93), abs=9)
    assert right.tip == pytest.approx((139, 113), abs=5)
    assert right.rise == pytest.approx(left.rise, abs=0.1)
    assert right.rise < 0


def test_ears_and_a_tail_are_told_from_arms(draw_svg):
    ears = '<path d="M60 40 L52 8 M100 40 L108 8" stroke="#3a8" stroke-width="12" stroke-linecap="round"/>'
    tail = '<path d="M120 110 L150 92" stroke="#3a8" stroke-width="9" stroke-linecap="round"/>'
    kinds = [(limb.kind, limb.side) for limb in study(draw_svg(BODY + ears + tail)).limbs]
    assert sorted(kinds) == [("ear", -1), ("ear", 1), ("tail", 1)]


@pytest.mark.parametrize(
    "picture",
    [
        BLOB,
        BODY,
        BODY + '<path d="M118 70 C160 70 160 120 120 120" fill="none" stroke="#3a8" stroke-width="9"/>',
        BLOB + '<path d="M62 130 V156 M98 130 V156" stroke="#f90" stroke-width="12"/>',
        f'<g opacity="0.4">{FIGURE}</g>',
    ],
    ids=["a ball", "a body", "a handle", "legs", "a see-through character"],
)
def test_what_cannot_swing_is_no_limb(draw_svg, picture):
    assert study(draw_svg(picture)).limbs == ()


def test_a_neck_is_where_the_outline_is_narrowest(draw_svg):
    snowman = study(
        draw_svg('<circle cx="80" cy="45" r="33" fill="#eee"/><circle cx="80" cy="110" r="42" fill="#eee"/>')
    )
    assert snowman.body.neck == pytest.approx((152 - 74) / 140, abs=0.04)
    ball = study(draw_svg(BLOB))
    assert (ball.body.neck, ball.body.neck_span) == (NECK, NECK_SPAN)


def test_a_mouth_is_found_under_the_eyes_and_told_from_a_beak(draw_svg):
    line = study(draw_svg(FIGURE + MOUTH)).mouth
    assert (line.x, line.y) == pytest.approx((80, 86), abs=2)
    assert line.width == pytest.approx(19, abs=3)
    assert not line.beak
    assert study(draw_svg(FIGURE + BEAK)).mouth.beak


MUZZLE = '<ellipse cx="80" cy="86" rx="17" ry="12" fill="#6db"/>'
NOSE = '<ellipse cx="80" cy="78" rx="5" ry="3"/>'


def test_a_mouth_is_told_from_a_nose_and_a_muzzle(draw_svg):
    found = study(draw_svg(FIGURE + MUZZLE + NOSE + MOUTH)).mouth
    assert (found.x, found.y) == pytest.approx((80, 87), abs=2)


def test_a_nose_that_a_mouth_hangs_on_stays(draw_svg):
    face = draw_svg(
        FIGURE
        + NOSE
        + '<path d="M80 78 V85 M68 84 Q74 92 80 85 Q86 92 92 84" fill="none" stroke="#000" stroke-width="3"/>'
    )
    opened = wear(face, study(face), EXPRESSIONS["greeting"])
    np.testing.assert_array_equal(opened[75:78, 74:86], face[75:78, 74:86])
    assert (opened[86:, 68:92] != face[86:, 68:92]).any()


@pytest.mark.parametrize("extra", ["", '<circle cx="62" cy="86" r="4" fill="#f7a"/>'], ids=["nothing", "a cheek"])
def test_what_is_no_mouth_is_not_taken_for_one(draw_svg, extra):
    assert study(draw_svg(FIGURE + extra)).mouth is None


def test_nothing_to_see_is_refused():
    with pytest.raises(PictureBlank):
        study(np.zeros((64, 64, 4), np.uint8))


@pytest.mark.parametrize("name", [name for name, worn in EXPRESSIONS.items() if worn.eyes])
def test_an_expression_changes_the_eyes_and_nothing_else(figure, name):
    changed = np.any(wear(figure, study(figure), EXPRESSIONS[name]) != figure, axis=2)
    rows, columns = np.nonzero(changed)
    assert len(rows) > 20
    assert rows.min() > 48
    assert rows.max() < 88
    assert columns.min() > 50
    assert columns.max() < 110


def test_closed_eyes_leave_no_trace_of_the_open_ones(figure):
    closed = wear(figure, study(figure), EXPRESSIONS["smiling"])
    assert figure[73, 65, :3].max() < 40
    np.testing.assert_allclose(closed[73, 65, :3], (0x33, 0xAA, 0x88), atol=6)


def test_a_character_whose_eyes_were_not_found_keeps_its_face(draw_svg):
    blob = draw_svg(BLOB)
    assert wear(blob, study(blob), EXPRESSIONS["smiling"]) is blob


def test_an_open_mouth_is_dark_inside_and_a_closed_one_leaves_no_trace(draw_svg):
    smiling = draw_svg(FIGURE + MOUTH)
    anatomy = study(smiling)
    opened = wear(smiling, anatomy, EXPRESSIONS["greeting"])
    assert tuple(opened[86, 80, :3]) != tuple(smiling[86, 80, :3])
    assert opened[86, 80, 0] > 1.5 * opened[86, 80, 1]
    round_one = wear(smiling, anatomy, EXPRESSIONS["wide"])
    np.testing.assert_allclose(round_one[85, 72, :3], (0x33, 0xAA, 0x88), atol=8)
    np.testing.assert_array_equal(opened[:60], smiling[:60])


def test_a_beak_is_opened_and_stays(draw_svg):
    bird = draw_svg(FIGURE + BEAK)
    opened = wear(bird, study(bird), EXPRESSIONS["greeting"])
    assert tuple(opened[82, 80, :3]) == tuple(bird[82, 80, :3])
    assert (opened != bird).any()


def test_a_look_changes_its_expression_over_the_loop():
    look = ((0, "own"), (0.25, "blink"), (0.5, "own"))
    assert [worn(look, phase) for phase in (0.0, 0.2, 0.25, 0.49, 0.5, 0.99)] == [
        "own",
        "own",
        "blink",
        "blink",
        "own",
        "own",
    ]


def test_every_look_is_made_of_known_expressions_from_the_first_phase_on():
    for look in LOOKS.values():
        assert look[0][0] == 0
        assert [start for start, _ in look] == sorted({start for start, _ in look})
        assert {name for _, name in look} <= set(EXPRESSIONS)
    assert {name for look in LOOKS.values() for _, name in look} == set(EXPRESSIONS)


def test_every_preset_wears_a_known_look():
    assert {preset.face for preset in PRESETS.values()} <= set(LOOKS)
