"""The two backends: takes and clips as the protocol asks for them."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from popcon.backend import Direction, MotionRequest, StartFrameRequest
from popcon.catalog.limits import CLIP_MAX_FRAMES, CLIP_MIN_FRAMES, CLIP_SIDE, TAKES_MAX
from popcon.catalog.presets import PRESETS
from popcon.errors import PictureBlank, Stopped, UnknownPreset
from popcon.imaging.clip import Clip, decode_clip, encode_clip
from popcon.imaging.resize import content_box, over
from services.motion.preview import encode_preview
from services.motion.puppet import Puppet as MotionPuppet
from services.startframe.puppet import Puppet as StartFramePuppet

WHITE = (255, 255, 255)


def direction(preset="joy"):
    return Direction(preset, PRESETS[preset].action_prompt, PRESETS[preset].effect_prompt)


def takes_of(character, count=TAKES_MAX, seed=11, size=256, preset="joy", stop=lambda: False, progress=lambda _: None):
    request = StartFrameRequest(character, direction(preset), count, seed, size)
    return StartFramePuppet().make(request, progress, stop)


def clip_of(start_frame, seed=11, preset="joy", stop=lambda: False, progress=lambda _: None):
    [clip] = MotionPuppet().make(MotionRequest(start_frame, direction(preset), seed), progress, stop)
    return clip


@pytest.fixture(scope="module")
def clip(figure):
    return clip_of(takes_of(figure, 1, size=512)[0].image)


@pytest.mark.parametrize("preset", {preset.motion: preset.id for preset in PRESETS.values()}.values())
def test_every_take_differs_visibly_from_every_other(figure, preset):
    pictures = [over(take.image, WHITE).astype(int) for take in takes_of(figure, size=128, preset=preset)]
    assert len(pictures) == TAKES_MAX
    for i, first in enumerate(pictures):
        for second in pictures[:i]:
            changed = np.abs(first - second).max(axis=2) > 40
            assert changed.mean() > 0.006


def test_a_take_can_be_made_again_from_its_own_seed(figure):
    takes = takes_of(figure, 3)
    for take in takes:
        [again] = takes_of(figure, 1, seed=take.seed)
        np.testing.assert_array_equal(again.image, take.image)


@pytest.mark.parametrize("shape", [(40, 300), (300, 40), (700, 700)])
def test_a_start_frame_is_square_padded_and_whole(shape):
    character = np.full((*shape, 4), (90, 120, 200, 255), np.uint8)
    for take in takes_of(character, 2):
        assert take.image.shape == (256, 256, 4)
        left, top, right, bottom = content_box(take.image[..., 3])
        assert min(left, top, 256 - right, 256 - bottom) >= 25
        assert max(right - left, bottom - top) >= 170


def test_a_clip_keeps_to_the_rules(clip):
    assert CLIP_MIN_FRAMES <= len(clip.frames) == len(clip.durations) <= CLIP_MAX_FRAMES
    assert clip.duration in (1, 2)
    assert all(isinstance(duration, Fraction) for duration in clip.durations)
    assert all(frame.shape == (CLIP_SIDE, CLIP_SIDE, 4) and frame.dtype == np.uint8 for frame in clip.frames)
    assert clip.alpha_known
    assert [effect.kind for effect in clip.effects] == ["sparks"]


def test_a_clip_survives_its_file(clip):
    back = decode_clip(encode_clip(clip))
    assert list(back.durations) == list(clip.durations)
    assert list(back.effects) == list(clip.effects)
    assert all(np.array_equal(a, b) for a, b in zip(back.frames, clip.frames, strict=True))


def test_a_start_frame_on_a_plain_background_moves_like_a_cut_out_one(figure, clip):
    start = takes_of(figure, 1, size=512)[0].image
    keyed = clip_of(over(start, (255, 240, 120)))
    assert keyed.alpha_known
    for a, b in zip(keyed.frames[::5], clip.frames[::5], strict=True):
        assert np.abs(over(a, WHITE).astype(int) - over(b, WHITE)).mean() < 2.0


def test_progress_rises_to_one(figure):
    seen: list[float] = []
    takes_of(figure, 3, progress=seen.append)
    assert seen == pytest.approx([1 / 3, 2 / 3, 1])
    seen.clear()
    clip_of(takes_of(figure, 1)[0].image, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_stopping_ends_a_clip_between_frames(figure):
    start = takes_of(figure, 1)[0].image
    seen: list[float] = []
    with pytest.raises(Stopped):
        clip_of(start, progress=seen.append, stop=lambda: len(seen) >= 3)
    assert len(seen) == 3


def test_stopping_ends_the_takes(figure):
    seen: list[float] = []
    with pytest.raises(Stopped):
        takes_of(figure, 4, progress=seen.append, stop=lambda: len(seen) >= 2)
    assert len(seen) == 2


def test_nothing_to_see_and_an_unknown_preset_are_refused(figure):
    blank = np.zeros((64, 64, 4), np.uint8)
    with pytest.raises(PictureBlank):
        takes_of(blank)
    with pytest.raises(PictureBlank):
        clip_of(blank)
    with pytest.raises(UnknownPreset):
        MotionPuppet().make(MotionRequest(figure, Direction("jo", "", ""), 1), lambda _: None, lambda: False)


def test_a_preview_is_some_turns_of_the_loop_on_white():
    frames = [np.zeros((65, 65, 4), np.uint8) for _ in range(12)]
    for index, frame in enumerate(frames):
        frame[20:40, 20:40] = (0, 0, 0, 255) if index < 6 else (200, 30, 30, 255)
    film = encode_preview(Clip(frames, [Fraction(1, 12)] * 12))
    with av.open(io.BytesIO(film)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        pictures = [picture.to_ndarray(format="rgb24") for picture in container.decode(stream)]
    assert len(pictures) == 75
    assert pictures[0].shape == (66, 66, 3)
    assert pictures[0][5, 5].min() > 245
    assert [int(pictures[at][30, 30, 0]) > 100 for at in (2, 10, 15, 22, 27, 40)] == [
        False,
        False,
        True,
        True,
        False,
        True,
    ]
