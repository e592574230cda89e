from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging_samples import even, soft_clip

from popcon.errors import PictureUnreadable
from services.packaging import webp, webp_reader


def test_lossless_frames_come_back_pixel_for_pixel():
    frames = np.stack(soft_clip(5, 48))
    out = webp_reader.read(webp.write_webp(frames, even(1, 5), 0))
    assert np.array_equal(np.stack(list(webp_reader.compose(out))), frames)
    assert (out.width, out.height, out.plays, sum(out.delays)) == (48, 48, 0, 1)


def test_a_lossy_file_is_smaller_and_keeps_its_alpha():
    frames = np.stack(soft_clip(5, 96))
    lossy = webp.write_webp(frames, even(1, 5), 0, webp.Lossy(75))
    assert len(lossy) < len(webp.write_webp(frames, even(1, 5), 0))
    stepped = webp.write_webp(frames, even(1, 5), 0, webp.Lossy(75, alpha_step=5))
    assert len(stepped) < len(lossy)
    alpha = np.stack(list(webp_reader.compose(webp_reader.read(stepped))))[..., 3]
    assert not (alpha % 5).any()
    assert np.abs(alpha.astype(int) - frames[..., 3]).max() <= 2
    seen = np.stack(list(webp_reader.compose(webp_reader.read(lossy))))
    assert np.abs(seen[..., 3].astype(int) - frames[..., 3]).max() <= 2


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 40), st.fractions(Fraction(1, 2), 4, max_denominator=97))
def test_the_whole_lasts_what_it_should_to_half_a_millisecond(count, seconds):
    frames = np.zeros((count, 4, 4, 4), np.uint8)
    frames[:, 0, 0] = [(number, 0, 0, 255) for number in range(count)]
    out = webp_reader.read(webp.write_webp(frames, [seconds / count] * count, 0))
    assert abs(sum(out.delays) - seconds) <= Fraction(1, 2000)
    assert max(out.delays) - min(out.delays) <= Fraction(1, 1000)


def test_a_held_pose_is_on_screen_for_as_long_as_all_its_frames():
    frames = np.stack(soft_clip(3, 32))[[0, 0, 0, 1, 2, 2]]
    out = webp_reader.read(webp.write_webp(frames, even(1, 6), 0))
    assert out.delays == (Fraction(500, 1000), Fraction(167, 1000), Fraction(333, 1000))


def test_a_still_is_not_animated():
    assert webp_reader.read(webp.write_webp(np.stack(soft_clip(1, 16)), [Fraction(1)], 0)).delays == ()


def test_a_chunk_of_odd_length_is_skipped_with_its_padding():
    data = webp.write_webp(np.stack(soft_clip(3, 32)), even(1, 3), 0)
    longer = data[:12] + b"XMP " + (3).to_bytes(4, "little") + b"abc\0" + data[12:]
    assert webp_reader.read(longer).delays == webp_reader.read(data).delays


@pytest.mark.parametrize(("what", "damage"), [("signature", lambda d: d[4:]), ("chunks", lambda d: d[:-30])])
def test_damage_is_named_for_what_it_is(what, damage):
    data = webp.write_webp(np.stack(soft_clip(3, 32)), even(1, 3), 0)
    with pytest.raises(PictureUnreadable) as refusal:
        webp_reader.read(damage(data))
    assert refusal.value.field == what


def test_rubbish_for_pixels_is_refused_while_decoding():
    data = bytearray(webp.write_webp(np.stack(soft_clip(3, 32)), even(1, 3), 0))
    data[120:400] = bytes(280)
    with pytest.raises(PictureUnreadable):
        list(webp_reader.compose(webp_reader.read(bytes(data))))
