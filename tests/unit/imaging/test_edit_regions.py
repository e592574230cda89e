"""What erasing and restoring does to the pixels of a picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcon.errors import ArtifactDamaged, InvalidRequest
from popcon.imaging import edit
from popcon.imaging.png import encode_png
from popcon.v1 import common_pb2, runs_pb2

SHAPE = (20, 24)
BOX = common_pb2.Box(left=3, top=4, right=9, bottom=10)


def noise(channels: int, seed: int = 0) -> np.ndarray:
    """Straight RGBA with RGB 0 where alpha is 0, or RGB."""
    picture = np.random.default_rng(seed).integers(0, 256, (*SHAPE, channels), dtype=np.uint8)
    if channels == 4:
        picture[picture[..., 3] < 40] = 0
    return picture


def stroke(radius: float, *points: tuple[float, float]) -> runs_pb2.Stroke:
    return runs_pb2.Stroke(points=[runs_pb2.Point(x=x, y=y) for x, y in points], radius=radius)


def cover(**region: object) -> np.ndarray:
    """The whole frame's cover of a region."""
    masks = {"a": region.pop("png")} if "png" in region else {}
    found = edit.region_of(runs_pb2.Operation(**region), SHAPE, masks)
    whole = np.zeros(SHAPE, np.float32)
    whole[found.part] = found.cover
    return whole


def test_a_region_is_the_whole_frame_unless_something_is_named() -> None:
    assert (cover() == 1).all()


def test_a_box_is_whole_within_and_nothing_outside_also_where_it_leaves_the_frame() -> None:
    inside = np.zeros(SHAPE, bool)
    inside[4:10, 3:9] = True
    assert (cover(box=BOX) == inside).all()
    assert cover(box=common_pb2.Box(left=20, top=15, right=900, bottom=900)).sum() == 5 * 4


def test_a_dot_is_round_hard_inside_and_soft_over_the_pixel_of_its_rim() -> None:
    y, x = np.mgrid[:20, :24] + 0.5
    apart = np.hypot(x - 10.25, y - 9.5)
    found = cover(strokes=[stroke(4, (10.25, 9.5))])
    assert np.allclose(found, np.clip(4.5 - apart, 0, 1), atol=1e-6)
    assert (found[apart <= 3.5] == 1).all()
    assert not found[apart >= 4.5].any()
    assert ((found > 0) & (found < 1)).any()


def test_a_stroke_covers_the_way_between_its_points_and_strokes_add_up_to_the_most() -> None:
    along = cover(strokes=[stroke(2, (4, 5), (18, 5))])
    assert (along[4:6, 4:18] == 1).all()
    both = cover(strokes=[stroke(2, (4, 5), (18, 5)), stroke(2, (11, 12))])
    assert np.allclose(both, np.maximum(along, cover(strokes=[stroke(2, (11, 12))])))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(-50, 70), st.floats(-50, 70)), min_size=2, max_size=4), st.floats(0.5, 60))
def test_a_long_way_is_the_same_as_the_distance_to_its_lines(points: list[tuple[float, float]], radius: float) -> None:
    y, x = np.mgrid[:20, :24] + 0.5
    least = np.full(SHAPE, np.inf)
    brush = stroke(radius, *points)
    for one, two in zip(brush.points, brush.points[1:], strict=False):
        dx, dy = two.x - one.x, two.y - one.y
        along = np.clip(((x - one.x) * dx + (y - one.y) * dy) / (dx * dx + dy * dy or 1), 0, 1)
        least = np.minimum(least, np.hypot(x - one.x - along * dx, y - one.y - along * dy))
    assert np.allclose(cover(strokes=[brush]), np.clip(brush.radius + 0.5 - least, 0, 1), atol=1e-5)


def test_a_stroke_outside_the_frame_touches_nothing() -> None:
    picture = noise(4)
    outside = edit.region_of(runs_pb2.Operation(strokes=[stroke(3, (-900, 4), (-20, 4))]), SHAPE, {})
    edit.apply("erase", picture, picture, outside)
    assert (picture == noise(4)).all()


def test_a_mask_covers_by_its_grey_levels() -> None:
    grey = np.zeros(SHAPE, np.uint8)
    grey[5:9, 6:11] = 255
    grey[9, 6:11] = 51
    assert np.allclose(cover(mask="a", png=encode_png(grey)), grey / 255)


@pytest.mark.parametrize(
    ("png", "error"),
    [
        (encode_png(np.zeros((9, 9), np.uint8)), InvalidRequest),
        (encode_png(noise(3)), InvalidRequest),
        (b"x", ArtifactDamaged),
    ],
)
def test_a_mask_that_is_not_one_of_the_frame_is_refused(png: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        cover(mask="a", png=png)


@pytest.mark.parametrize("channels", [3, 4])
def test_restoring_after_erasing_gives_the_exact_pristine_pixels(channels: int) -> None:
    picture, pristine = noise(channels), noise(channels, seed=1)
    whole = edit.region_of(runs_pb2.Operation(), SHAPE, {})
    edit.apply("erase", picture, pristine, whole)
    edit.apply("restore", picture, pristine, whole)
    assert (picture == pristine).all()


def test_erasing_leaves_nothing_within_and_everything_outside() -> None:
    picture = noise(4)
    edit.apply("erase", picture, picture, edit.region_of(runs_pb2.Operation(box=BOX), SHAPE, {}))
    inside = cover(box=BOX) == 1
    assert not picture[inside].any()
    assert (picture[~inside] == noise(4)[~inside]).all()


def test_a_rim_is_mixed_by_its_cover_with_colours_weighed_by_alpha() -> None:
    picture = np.full((*SHAPE, 4), (200, 100, 0, 255), np.uint8)
    pristine = np.full((*SHAPE, 4), (0, 100, 200, 85), np.uint8)
    grey = np.full(SHAPE, 102, np.uint8)  # two fifths
    region = edit.region_of(runs_pb2.Operation(mask="a"), SHAPE, {"a": encode_png(grey)})
    erased = picture.copy()
    edit.apply("erase", erased, pristine, region)
    assert (erased == (200, 100, 0, 153)).all()
    edit.apply("restore", picture, pristine, region)
    assert (picture == (164, 100, 36, 187)).all()


def test_what_fades_to_nothing_has_no_colour() -> None:
    picture = np.full((*SHAPE, 4), (200, 100, 50, 1), np.uint8)
    grey = np.full(SHAPE, 200, np.uint8)
    edit.apply("erase", picture, picture, edit.region_of(runs_pb2.Operation(mask="a"), SHAPE, {"a": encode_png(grey)}))
    assert not picture.any()


def test_where_there_is_no_alpha_erasing_shows_the_background() -> None:
    picture = np.full((64, 64, 3), (250, 240, 230), np.uint8)
    picture[20:40, 20:40] = (10, 20, 30)
    everything = edit.region_of(
        runs_pb2.Operation(box=common_pb2.Box(left=15, top=15, right=45, bottom=45)), (64, 64), {}
    )
    edit.apply("erase", picture, picture, everything)
    assert np.abs(picture.astype(int) - (250, 240, 230)).max() <= 1


def test_another_kind_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        edit.apply("drop_effect", noise(4), noise(4), edit.region_of(runs_pb2.Operation(), SHAPE, {}))
