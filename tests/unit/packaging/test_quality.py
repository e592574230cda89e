import numpy as np
import pytest
from packaging_samples import soft_clip
from scipy.ndimage import binary_dilation, gaussian_filter

from services.packaging.quality import EDGE_DB_MAX, Quality, measure


def plain_ssim(one, other):
    """The formula as it stands in the paper, over the whole canvas, then only where the original's silhouette is."""

    def blur(plane):
        return gaussian_filter(plane, (1.5, 1.5, 0), radius=(5, 5, 0))

    x, y = (np.dstack([f[..., :3] * (f[..., 3:] / 255.0), f[..., 3:]]).astype(float) for f in (one, other))
    mx, my = blur(x), blur(y)
    vx, vy, vxy = blur(x * x) - mx**2, blur(y * y) - my**2, blur(x * y) - mx * my
    c1, c2 = 2.55**2, 7.65**2
    every = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return every[binary_dilation(one[..., 3] > 0, np.ones((7, 7)))].mean()


def noisy(frame, by, seed=0):
    off = np.random.default_rng(seed).integers(-by, by + 1, frame.shape)
    out = np.clip(frame.astype(int) + off, 0, 255).astype(np.uint8)
    return np.where(frame[..., 3:] > 0, out, 0).astype(np.uint8)


def square(colour, alpha=255):
    frame = np.zeros((40, 40, 4), np.uint8)
    frame[10:30, 10:30] = (*colour, alpha)
    return frame


@pytest.mark.parametrize("by", [3, 40])
def test_ssim_is_that_of_the_paper_within_the_grown_silhouette(by):
    frame = soft_clip(1, 96)[0]
    other = noisy(frame, by)
    assert measure([frame], [other]).ssim == pytest.approx(plain_ssim(frame, other), abs=1e-5)


def test_the_same_frames_are_as_good_as_can_be():
    frames = soft_clip(3)
    assert measure(frames, frames) == Quality(pytest.approx(1.0, abs=1e-6), EDGE_DB_MAX)


def test_more_noise_is_worse_in_both():
    frames = soft_clip(2)
    found = [measure(frames, [noisy(frame, by) for frame in frames]) for by in (1, 4, 16)]
    assert [q.ssim for q in found] == sorted((q.ssim for q in found), reverse=True)
    assert [q.edge_db for q in found] == sorted((q.edge_db for q in found), reverse=True)
    assert found[0].reaches(found[1])
    assert found[0].merit > found[1].merit > found[2].merit


def test_edges_are_judged_over_the_worse_of_black_and_white():
    # White at half alpha: 10 levels of alpha more are 10 levels of grey on black and nothing on white.
    wanted, seen = square((255, 255, 255), 128), square((255, 255, 255), 138)
    assert measure([wanted], [seen]).edge_db == pytest.approx(10 * np.log10(255**2 / 10**2), abs=1e-3)
    # Black at half alpha: nothing on black, 10 levels on white.
    wanted, seen = square((0, 0, 0), 128), square((0, 0, 0), 138)
    assert measure([wanted], [seen]).edge_db == pytest.approx(10 * np.log10(255**2 / 10**2), abs=1e-3)


def test_opaque_pixels_are_no_edge():
    assert measure([square((200, 0, 0))], [square((100, 0, 0))]).edge_db == EDGE_DB_MAX


def test_frames_that_show_nothing_count_for_nothing():
    frames = soft_clip(1)
    blank = np.zeros_like(frames[0])
    other = [noisy(frames[0], 5)]
    assert measure([*frames, blank], [*other, blank]) == measure(frames, other)


def test_a_missing_frame_is_an_error():
    with pytest.raises(ValueError, match="shorter"):
        measure(soft_clip(3), soft_clip(2))
