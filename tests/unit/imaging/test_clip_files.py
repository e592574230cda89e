import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from popcon.errors import ArtifactDamaged
from popcon.imaging.clip import Clip, EffectHint, decode_clip, encode_clip
from popcon.imaging.png import decode_png, encode_png

BYTE = st.integers(0, 255)
PIXEL = st.integers(0, 4096)


@st.composite
def clips(draw: st.DrawFn) -> Clip:
    side, count, channels = draw(st.integers(1, 6)), draw(st.integers(1, 4)), draw(st.sampled_from([3, 4]))
    frames = [draw(arrays(np.uint8, (side, side, channels))) for _ in range(count)]
    durations = [draw(st.fractions(min_value=Fraction(1, 1000), max_value=10)) for _ in range(count)]
    background = None if channels == 4 else draw(st.tuples(BYTE, BYTE, BYTE))
    hints = st.builds(EffectHint, kind=st.text(max_size=8), box=st.tuples(PIXEL, PIXEL, PIXEL, PIXEL))
    return Clip(frames, durations, background, tuple(draw(st.lists(hints, max_size=3))))


def plain_clip(channels: int = 3) -> Clip:
    frame = np.full((4, 4, channels), 7, np.uint8)
    return Clip([frame, frame], [Fraction(1, 12)] * 2, None if channels == 4 else (255, 255, 255))


@given(clips())
def test_a_clip_survives_its_files(clip: Clip) -> None:
    again = decode_clip(encode_clip(clip))
    assert all(np.array_equal(a, b) for a, b in zip(clip.frames, again.frames, strict=True))
    assert again.durations == clip.durations
    assert (again.background, again.effects) == (clip.background, clip.effects)
    assert again.alpha_known == clip.alpha_known


def test_durations_are_written_as_exact_fractions() -> None:
    description = json.loads(encode_clip(plain_clip())["clip.json"])
    assert description["durations"] == [[1, 12], [1, 12]]
    assert description["alpha"] == "unknown"
    assert description["side"] == 4


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 99},
        {"side": 5},
        {"side": 10**9},
        {"side": "4"},
        {"alpha": "known"},
        {"alpha": "perhaps"},
        {"background": [0, 0, 256]},
        {"background": None},
        {"durations": []},
        {"durations": [[1, 12]] * 241},
        {"durations": [[1, 0], [1, 12]]},
        {"durations": [[-1, 12], [1, 12]]},
        {"durations": [[1, 12]] * 3},
        {"effects": [{"kind": "sparks", "box": [1, 2, 3]}]},
        {"effects": 3},
    ],
)
def test_a_description_that_makes_no_sense_is_damage(change: dict[str, object]) -> None:
    files = encode_clip(plain_clip())
    files["clip.json"] = json.dumps(json.loads(files["clip.json"]) | change).encode()
    with pytest.raises(ArtifactDamaged):
        decode_clip(files)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_description_that_is_no_description_is_damage(data: bytes) -> None:
    with pytest.raises(ArtifactDamaged):
        decode_clip(encode_clip(plain_clip()) | {"clip.json": data})


@pytest.mark.parametrize("name", ["clip.json", "frames/0001.png"])
def test_a_missing_file_is_damage_and_named(name: str) -> None:
    files = encode_clip(plain_clip())
    del files[name]
    with pytest.raises(ArtifactDamaged, match=name):
        decode_clip(files)


@given(st.integers(0, 200))
def test_a_truncated_frame_is_damage(length: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (8, 8, 4), dtype=np.uint8)
    with pytest.raises(ArtifactDamaged):
        decode_png(encode_png(noise)[:length])


@given(arrays(np.uint8, st.sampled_from([(3, 5), (3, 5, 3), (5, 3, 4)])))
def test_png_is_exact(array: np.ndarray) -> None:
    assert np.array_equal(decode_png(encode_png(array)), array)


def test_a_frame_larger_than_allowed_is_refused() -> None:
    with pytest.raises(ArtifactDamaged, match="9x3"):
        decode_png(encode_png(np.zeros((3, 9), np.uint8)), max_side=8)
