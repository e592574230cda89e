import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from packaging_samples import soft_clip

from services.packaging import quantise
from services.packaging.quantise import census

SMALL = arrays.arrays(np.uint8, st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), st.just(4)))


def clean(frames):
    frames[frames[..., 3] == 0] = 0
    return frames


def on(frames, matte):
    alpha = frames[..., 3:] / 255.0
    return frames[..., :3] * alpha + matte * (1.0 - alpha)


def psnr(wanted, got):
    errors = [np.mean((on(wanted, matte) - on(got, matte)) ** 2) for matte in (0.0, 255.0)]
    return 10 * np.log10(255.0**2 / max(errors))


@pytest.fixture(scope="module")
def clip():
    return np.stack(soft_clip(6, 96))


@given(SMALL.map(clean))
def test_few_colours_are_kept_exactly(frames):
    assert np.array_equal(quantise.quantise(census(frames), 256).rgba(), frames)


@settings(deadline=None)
@given(SMALL.map(clean), st.integers(2, 9))
def test_a_palette_has_at_most_the_entries_asked_for_all_distinct_behind_the_transparent_one(frames, entries):
    reduced = quantise.quantise(census(frames), entries)
    assert 1 <= len(reduced.palette) <= entries
    assert len(np.unique(reduced.palette, axis=0)) == len(reduced.palette)
    assert not reduced.palette[0].any()
    assert reduced.palette[1:, 3].all()
    assert reduced.indices.shape == frames.shape[:3]


def test_each_pixel_gets_the_entry_nearest_to_it_over_black_and_white(clip):
    reduced = quantise.quantise(census(clip), 16)
    pixels = clip[:, ::7, ::7].reshape(-1, 4)
    chosen = reduced.rgba()[:, ::7, ::7].reshape(-1, 4)

    def distance(a, b):
        return sum(((on(a, matte) - on(b, matte)) ** 2).sum(axis=-1) for matte in (0.0, 255.0))

    best = np.min([distance(pixels, np.broadcast_to(entry, pixels.shape)) for entry in reduced.palette], axis=0)
    assert np.allclose(distance(pixels, chosen), best)


@pytest.mark.parametrize(("entries", "floor"), [(256, 42.0), (128, 39.0), (64, 36.0)])
def test_quality_on_the_worse_matte_holds_a_floor(clip, entries, floor):
    assert psnr(clip, quantise.quantise(census(clip), entries).rgba()) > floor


def test_more_entries_are_never_worse(clip):
    qualities = [psnr(clip, quantise.quantise(census(clip), entries).rgba()) for entries in (16, 64, 256)]
    assert qualities == sorted(qualities)


def test_what_is_opaque_stays_opaque_and_what_is_empty_stays_empty(clip):
    out = quantise.quantise(census(clip), 64).rgba()
    assert (out[..., 3][clip[..., 3] == 255] == 255).all()
    assert not out[clip[..., 3] == 0].any()


def test_a_mean_of_opaque_and_nearly_opaque_pixels_is_opaque():
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (1, 40, 40, 4), dtype=np.uint8)
    frames[..., 3] = random.integers(252, 256, (1, 40, 40))
    out = quantise.quantise(census(frames), 9).rgba()
    assert (out[..., 3] == 255).all()


def test_the_same_frames_give_the_same_palette_and_indices(clip):
    first, second = (quantise.quantise(census(clip), 128) for _ in range(2))
    assert np.array_equal(first.palette, second.palette)
    assert np.array_equal(first.indices, second.indices)


def test_an_animation_of_noise_is_thinned_before_fitting_and_still_comes_out():
    noise = np.random.default_rng(0).integers(0, 256, (2, 160, 160, 4), dtype=np.uint8)
    reduced = quantise.quantise(census(clean(noise)), 32)
    assert len(census(noise).colours) > 32_768
    assert len(reduced.palette) == 32
