from fractions import Fraction

import numpy as np
import pytest
from scenes import CHARACTER, EFFECTS, alpha_of, draw

from popcon.errors import Stopped, UnknownBackend, WrongState
from popcon.imaging.clip import Clip
from popcon.imaging.resize import over
from services.matting.engine import choose_backend, matte_clip, matte_frame
from services.matting.finish import finish

WHITE = (255, 255, 255)
PARTY = CHARACTER + EFFECTS["spark"] + EFFECTS["tear"] + EFFECTS["white heart"] + EFFECTS["motion lines"]


def clip_of(*frames: np.ndarray) -> Clip:
    return Clip(frames, [Fraction(1, 12)] * len(frames), None if frames[0].shape[2] == 4 else WHITE)


def quiet(_: float) -> None: ...


def go_on() -> bool:
    return False


def test_known_gives_the_frames_alpha_exactly() -> None:
    frame = draw(PARTY)
    hidden = frame.copy()
    hidden[frame[..., 3] == 0, :3] = 77
    result = matte_clip(clip_of(hidden), "known", quiet, go_on)
    assert result.backend == "known"
    assert np.array_equal(result.finished[0], frame)
    assert np.array_equal(result.pristine[0], frame)
    assert result.effects == [()]


@pytest.mark.parametrize("body", [CHARACTER, PARTY], ids=["character", "with effects"])
def test_classic_comes_within_a_thousandth_of_the_known_alpha(body: str) -> None:
    clip = clip_of(draw(body), draw(f'<g transform="rotate(7 256 256)">{body}</g>'))
    known = matte_clip(clip, "known", quiet, go_on).finished
    classic = matte_clip(clip, "classic", quiet, go_on).finished
    for true, found in zip(known, classic, strict=True):
        assert np.abs(alpha_of(true) - alpha_of(found)).mean() < 0.001
        assert np.abs(over(true, (0, 0, 0)).astype(int) - over(found, (0, 0, 0))).max(axis=2).mean() < 0.5


def test_classic_leaves_no_light_fringe_on_black() -> None:
    frame = draw(PARTY)
    _, finished = matte_frame(over(frame, WHITE))
    excess = over(finished, (0, 0, 0)).astype(int) - over(frame, (0, 0, 0))
    assert np.percentile(excess.max(axis=2)[(frame[..., 3] > 0) & (frame[..., 3] < 255)], 99) < 30
    assert (excess.max(axis=2) > 64).sum() == 0


def test_classic_keeps_the_white_belly_and_what_floats() -> None:
    truth = draw(PARTY)
    _, finished = matte_frame(over(truth, WHITE))
    assert finished[185:200, 118:138].min() == 255
    assert np.abs(alpha_of(finished) - alpha_of(truth))[:, 200:].mean() < 0.001


def test_a_glow_is_rescued_into_the_finished_matte_only() -> None:
    result = matte_clip(clip_of(over(draw(EFFECTS["glow"] + CHARACTER), WHITE)), "classic", quiet, go_on)
    assert result.pristine[0][205, 215, 3] == 0
    assert result.finished[0][205, 215, 3] > 100
    left, top, right, bottom = result.effects[0][0]
    assert (left < 215 < right, top < 205 < bottom) == (True, True)


def test_the_finish_gives_the_picture_back_on_its_own_background() -> None:
    frame = draw(PARTY)
    rgb = over(frame, (120, 220, 130))
    finished = finish(rgb, alpha_of(frame))
    assert np.abs(over(finished, (120, 220, 130)).astype(int) - rgb).max() <= 2
    assert not finished[finished[..., 3] == 0].any()


def test_auto_uses_alpha_where_it_is_known() -> None:
    frame = draw(CHARACTER, 32)
    assert choose_backend("auto", clip_of(frame)) == "known"
    assert choose_backend("auto", clip_of(frame[..., :3])) == "classic"
    assert choose_backend("classic", clip_of(frame)) == "classic"


def test_an_unknown_backend_is_named_with_the_ones_there_are() -> None:
    with pytest.raises(UnknownBackend, match=r"'magic'.*known, classic"):
        matte_clip(clip_of(draw(CHARACTER, 32)), "magic", quiet, go_on)


def test_known_needs_a_clip_with_alpha() -> None:
    with pytest.raises(WrongState, match="classic"):
        matte_clip(clip_of(over(draw(CHARACTER, 32), WHITE)), "known", quiet, go_on)


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    matte_clip(clip_of(*[draw(CHARACTER, 32)] * 4), "known", seen.append, go_on)
    assert seen == [0.25, 0.5, 0.75, 1.0]


def test_stop_is_heard_between_frames() -> None:
    seen: list[float] = []
    with pytest.raises(Stopped):
        matte_clip(clip_of(*[draw(CHARACTER, 32)] * 4), "known", seen.append, lambda: len(seen) == 2)
    assert len(seen) == 2
