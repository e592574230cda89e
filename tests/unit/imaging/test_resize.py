import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from popcon.imaging import resize

RGBA = arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 7), st.just(4)))


@given(RGBA)
def test_premultiplying_loses_nothing_that_can_be_seen(rgba: np.ndarray) -> None:
    again = resize.unpremultiply(resize.premultiply(rgba))
    visible = rgba[..., 3] > 0
    assert np.array_equal(again[..., 3], rgba[..., 3])
    assert np.array_equal(again[visible], rgba[visible])
    assert not again[~visible].any()


@given(RGBA, st.integers(1, 20), st.integers(1, 20))
def test_resizing_gives_the_size_and_hides_colour_where_nothing_shows(
    rgba: np.ndarray, width: int, height: int
) -> None:
    out = resize.resize_rgba(rgba, (width, height))
    assert out.shape == (height, width, 4)
    assert not out[out[..., 3] == 0].any()


@pytest.mark.parametrize("size", [(3, 3), (5, 21), (16, 16), (40, 40)])
def test_a_red_shape_among_hidden_white_stays_pure_red(size: tuple[int, int]) -> None:
    rgba = np.full((16, 16, 4), (255, 255, 255, 0), np.uint8)
    rgba[4:11, 3:12] = (200, 0, 0, 255)
    out = resize.resize_rgba(rgba, size)
    seen = out[out[..., 3] > 0]
    assert len(seen)
    assert (seen[:, 1:3] == 0).all()
    assert np.abs(seen[seen[:, 3] > 8][:, 0].astype(int) - 200).max() <= 8


def test_shrinking_averages_by_area() -> None:
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[:, :2] = (10, 20, 30, 255)
    assert resize.resize_rgba(rgba, (1, 1))[0, 0].tolist() == [10, 20, 30, 128]


def test_resizing_to_the_same_size_is_a_copy() -> None:
    rgba = np.full((2, 2, 4), 9, np.uint8)
    out = resize.resize_rgba(rgba, (2, 2))
    out[:] = 0
    assert (rgba == 9).all()


@given(RGBA, st.tuples(*[st.integers(0, 255)] * 3))
def test_over_keeps_opaque_pixels_and_shows_the_colour_through_clear_ones(
    rgba: np.ndarray, colour: tuple[int, int, int]
) -> None:
    out = resize.over(rgba, colour)
    assert np.array_equal(out[rgba[..., 3] == 255], rgba[rgba[..., 3] == 255][:, :3])
    assert (out[rgba[..., 3] == 0] == colour).all()


def test_the_content_box_holds_all_that_shows() -> None:
    alpha = np.zeros((9, 9), np.uint8)
    assert resize.content_box(alpha) is None
    alpha[2, 3] = alpha[6, 4] = 1
    assert resize.content_box(alpha) == (3, 2, 5, 7)


def test_cropping_to_a_square_centres_the_whole_content() -> None:
    rgba = np.zeros((30, 30, 4), np.uint8)
    rgba[5:15, 20:24] = 255
    out = resize.crop_to_square(rgba, margin=0.1)
    assert out.shape == (13, 13, 4)
    assert resize.content_box(out[..., 3]) == (4, 1, 8, 11)
    assert out.sum() == rgba.sum()


def test_cropping_nothing_to_a_square_gives_one_clear_pixel() -> None:
    assert resize.crop_to_square(np.zeros((5, 5, 4), np.uint8)).tolist() == [[[0, 0, 0, 0]]]


def test_padding_adds_clear_pixels_on_each_side() -> None:
    out = resize.pad(np.full((1, 1, 4), 255, np.uint8), 1, 2, 3, 4)
    assert out.shape == (7, 5, 4)
    assert out[2, 1].tolist() == [255] * 4
    assert out.sum() == 4 * 255
