import numpy as np
import pytest
from packaging_samples import soft_clip

from popcon.errors import PictureBlank
from popcon.imaging.resize import content_box
from services.packaging import placement


def dot(x, y, size=8, side=64):
    frame = np.zeros((side, side, 4), np.uint8)
    frame[y : y + size, x : x + size] = (200, 40, 40, 255)
    return frame


def box_of(frame):
    return content_box(np.where(frame[..., 3] > 127, 255, 0).astype(np.uint8))


def test_a_moving_dot_keeps_its_size_and_moves_as_far_as_it_should():
    frames = [dot(8 + 4 * step, 20 + step) for step in range(6)]
    spot = placement.fit(frames, (180, 180), 4)
    boxes = [box_of(placement.place(frame, spot)) for frame in frames]
    scale = 172 / 28
    for step, (left, top, right, bottom) in enumerate(boxes):
        assert right - left == pytest.approx(8 * scale, abs=1)
        assert bottom - top == pytest.approx(8 * scale, abs=1)
        assert left - boxes[0][0] == pytest.approx(4 * step * scale, abs=1)
        assert top - boxes[0][1] == pytest.approx(step * scale, abs=1)


def test_a_part_that_stays_still_has_the_same_pixels_in_every_frame():
    anchor = dot(4, 40, size=12)
    frames = [np.maximum(anchor, dot(40, 4 + 5 * step)) for step in range(5)]
    spot = placement.fit(frames, (96, 96), 3)
    left_halves = {placement.place(frame, spot)[:, :40].tobytes() for frame in frames}
    assert len(left_halves) == 1


@pytest.mark.parametrize("canvas", [(180, 180), (96, 74), (320, 200)])
def test_everything_visible_is_inside_the_margin_centred_and_as_large_as_it_fits(canvas):
    frames = soft_clip(6)
    spot = placement.fit(frames, canvas, 4)
    peak = np.maximum.reduce([placement.place(frame, spot)[..., 3] for frame in frames])
    left, top, right, bottom = content_box(peak)
    assert left >= 4
    assert top >= 4
    assert abs(left - (canvas[0] - right)) <= 1
    assert abs(top - (canvas[1] - bottom)) <= 1
    assert min(left, top) == 4


def test_a_haze_that_nobody_sees_does_not_shrink_the_character():
    frame = dot(24, 24)
    frame[0, 26] = (255, 255, 255, 3)
    assert placement.fit([frame], (180, 180), 4).size == (172, 172)


def test_transparent_pixels_have_no_colour_and_edges_do_not_darken():
    frame = np.zeros((64, 64, 4), np.uint8)
    frame[16:48, 16:48] = (255, 255, 255, 255)
    out = placement.place(frame, placement.fit([frame], (50, 40), 3))
    assert not out[out[..., 3] == 0].any()
    assert out[out[..., 3] > 0][:, :3].min() >= 254


def test_an_empty_clip_is_refused():
    with pytest.raises(PictureBlank, match="transparent"):
        placement.fit([np.zeros((8, 8, 4), np.uint8)], (180, 180), 4)
