"""The region that points mean."""

from collections.abc import Callable

import numpy as np
import pytest
from scenes import CHARACTER, EFFECTS, SIDE, as_jpeg, draw, noisy

from popcon.errors import InvalidRequest
from popcon.imaging.resize import over
from services.matting.select import Spot, select_flood, select_object

Tool = Callable[[np.ndarray, list[Spot]], np.ndarray]
TOOLS = [select_flood, select_object]
TEAR, HEART, GLOW = Spot(220, 117, True), Spot(35, 82, True), Spot(215, 205, True)
HEAD, EYE, BELLY = Spot(128, 75, True), Spot(107, 105, True), Spot(128, 195, True)


def filmed(rgba: np.ndarray) -> np.ndarray:
    """On a white background, noisy and compressed: opaque RGBA."""
    rgb = as_jpeg(noisy(over(rgba, (250, 250, 250)), 1.5), 85)
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def share(mask: np.ndarray, effect: str) -> float:
    """How much of an effect's alpha a mask takes."""
    alpha = draw(EFFECTS[effect])[..., 3].astype(float)
    return float((alpha * mask / 255).sum() / alpha.sum())


def taken_of_character(mask: np.ndarray) -> float:
    character = draw(CHARACTER)[..., 3] > 0
    return float((mask / 255)[character].mean())


@pytest.mark.parametrize("shown", [np.copy, filmed])
@pytest.mark.parametrize(("effect", "spot"), [("tear", TEAR), ("white heart", HEART), ("glow", GLOW)])
def test_one_point_on_what_floats_by_itself_takes_all_of_it(
    shown: Callable[[np.ndarray], np.ndarray], effect: str, spot: Spot
) -> None:
    picture = shown(draw(EFFECTS[effect] + CHARACTER))
    mask = select_object(picture, [spot])
    assert share(mask, effect) > 0.98
    assert taken_of_character(mask) < 0.002


@pytest.mark.parametrize("shown", [np.copy, filmed])
def test_a_flood_takes_what_is_connected_and_of_like_colour(shown: Callable[[np.ndarray], np.ndarray]) -> None:
    picture = shown(draw(EFFECTS["tear"] + CHARACTER))
    mask = select_flood(picture, [BELLY])
    y, x = np.mgrid[:SIDE, :SIDE]
    inside = ((x - 128) / 25) ** 2 + ((y - 192) / 23) ** 2
    assert (mask[inside < 0.55] == 255).all()
    assert not mask[inside > 1.5].any()


def test_two_points_are_one_object() -> None:
    picture = draw(CHARACTER)
    both = select_object(picture, [BELLY, EYE])
    assert both[EYE.row, EYE.column] == both[BELLY.row, BELLY.column] == 255
    assert both[HEAD.row, HEAD.column] == 0
    assert (both >= select_object(picture, [EYE])).mean() > 0.999


def test_what_it_encloses_belongs_to_an_object_unless_it_is_said_not_to() -> None:
    picture = draw(CHARACTER)
    head = select_object(picture, [HEAD])
    assert (head[EYE.row, EYE.column], head[BELLY.row, BELLY.column]) == (255, 0)
    assert select_object(picture, [HEAD, Spot(EYE.column, EYE.row, False)])[EYE.row, EYE.column] == 0


@pytest.mark.parametrize("tool", TOOLS)
def test_a_region_does_not_reach_what_it_must_not(tool: Tool) -> None:
    picture = draw(EFFECTS["tear"] + EFFECTS["white heart"] + CHARACTER)
    mask = tool(picture, [TEAR, HEART, Spot(HEART.column, HEART.row, False)])
    assert mask[TEAR.row, TEAR.column] == 255
    if tool is select_flood:
        assert mask[HEART.row, HEART.column] == 0


@pytest.mark.parametrize("tool", TOOLS)
def test_the_same_points_give_the_same_region(tool: Tool) -> None:
    picture = filmed(draw(EFFECTS["glow"] + CHARACTER))
    points = [GLOW, HEAD, Spot(EYE.column, EYE.row, False)]
    first = tool(picture, points)
    np.random.default_rng().random(5)
    assert (tool(picture, points) == first).all()


@pytest.mark.parametrize("tool", TOOLS)
def test_a_picture_without_a_background_to_tell_still_has_regions(tool: Tool) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (96, 96, 4), dtype=np.uint8)
    noise[..., 3] = 255
    noise[30:60, 30:60, :3] = (250, 30, 30)
    mask = tool(noise, [Spot(45, 45, True)])
    assert (mask[31:59, 31:59] == 255).all()
    assert mask.mean() < 255 * 0.2


@pytest.mark.parametrize("tool", TOOLS)
def test_a_picture_of_one_colour_is_one_region(tool: Tool) -> None:
    plain = np.full((40, 40, 4), 255, np.uint8)
    assert (tool(plain, [Spot(3, 4, True)]) == 255).all()
    assert (tool(np.zeros((40, 40, 4), np.uint8), [Spot(0, 39, True)]) == 255).all()


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "spots", [[], [Spot(3, 4, False)], [Spot(40, 4, True)], [Spot(3, 4, True), Spot(3, -1, False)]]
)
def test_points_that_mean_nothing_are_refused(tool: Tool, spots: list[Spot]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        tool(np.full((40, 40, 4), 255, np.uint8), spots)
    assert caught.value.field == "points"
