import cv2
import numpy as np

from services.matting.stabilise import stabilise

SIDE = 128


def disc(x: float, y: float, radius: float = 24.0) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1).astype(np.float32)


def shown(alpha: np.ndarray, colour: float = 40.0, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    flat = 255.0 + (colour - 255.0) * alpha
    noisy = (
        flat[..., None] + np.random.default_rng(seed).normal(0, noise, (SIDE, SIDE, 3)) if noise else flat[..., None]
    )
    return np.clip(np.rint(noisy + np.zeros(3)), 0, 255).astype(np.uint8)


def test_flicker_of_a_still_picture_is_smoothed_away_noise_or_not() -> None:
    random = np.random.default_rng(1)
    truth = disc(64, 64)
    alphas = [np.clip(truth * random.uniform(0.7, 1.0), 0, 1).astype(np.float32) for _ in range(8)]
    for noise in (0.0, 2.0):
        out = stabilise([shown(truth, noise=noise, seed=i) for i in range(8)], alphas)
        before, after = (sum(np.abs(a[i] - a[i - 1]).sum() for i in range(8)) for a in (alphas, out))
        assert after < 0.45 * before


def test_a_hole_of_a_single_frame_is_filled() -> None:
    truth = disc(64, 64)
    alphas = [truth.copy() for _ in range(5)]
    alphas[2][58:70, 58:70] = 0.0
    out = stabilise([shown(truth)] * 5, alphas)
    assert np.abs(out[2] - truth).max() < 1e-6


def test_the_last_frame_is_a_neighbour_of_the_first() -> None:
    truth = disc(64, 64)
    alphas = [truth.copy() for _ in range(5)]
    alphas[0] = truth * np.float32(0.8)
    assert np.abs(stabilise([shown(truth)] * 5, alphas)[0] - truth).max() < 1e-6


def test_a_moving_edge_is_left_as_it_is() -> None:
    alphas = [disc(40 + 6 * i, 64) for i in range(6)]
    out = stabilise([shown(alpha) for alpha in alphas], alphas)
    assert all(np.array_equal(a, b) for a, b in zip(out, alphas, strict=True))


def test_a_white_figure_with_an_outline_may_leap_on_white() -> None:
    alphas = [disc(64, y) for y in (90, 90, 36, 90, 90)]
    frames = []
    for alpha in alphas:
        white = cv2.erode(alpha, np.ones((5, 5), np.uint8))
        frames.append(shown(alpha - white))
    out = stabilise(frames, alphas)
    assert np.abs(out[2] - alphas[2]).max() < 1e-6


def test_a_speck_of_a_single_frame_is_dropped_and_one_that_travels_is_kept() -> None:
    figure = disc(64, 64)
    alphas = [figure.copy() for _ in range(5)]
    alphas[2][10:12, 10:12] = 1.0
    for i, alpha in enumerate(alphas):
        alpha[110:112, 20 + 4 * i : 22 + 4 * i] = 1.0
    out = stabilise([shown(alpha) for alpha in alphas], alphas)
    assert out[2][8:14, 8:14].max() == 0.0
    assert all(np.array_equal(out[i][105:], alphas[i][105:]) for i in range(5))


def test_a_speck_beside_the_figure_belongs_to_it() -> None:
    figure = disc(64, 64)
    alphas = [figure.copy() for _ in range(5)]
    alphas[2][36:38, 63:65] = 1.0
    out = stabilise([shown(alpha) for alpha in alphas], alphas)
    assert out[2][36:38, 63:65].min() == 1.0


def test_two_frames_and_one_come_back_unchanged_and_inputs_are_never_written_to() -> None:
    alphas = [disc(64, 64), disc(64, 64) * np.float32(0.5)]
    for count in (1, 2):
        out = stabilise([shown(disc(64, 64))] * count, alphas[:count])
        assert all(np.array_equal(a, b) for a, b in zip(out, alphas[:count], strict=True))
    many = [alphas[i % 2].copy() for i in range(5)]
    kept = [alpha.copy() for alpha in many]
    stabilise([shown(disc(64, 64))] * 5, many)
    assert all(np.array_equal(a, b) for a, b in zip(many, kept, strict=True))
