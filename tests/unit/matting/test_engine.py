import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scenes import CHARACTER, EFFECTS, alpha_of, draw

from popcon.backend import Progress, Stop
from popcon.errors import Overloaded, Stopped, UnknownBackend, WrongState
from popcon.imaging.clip import Clip
from popcon.imaging.resize import over
from services.matting.alpha import Description, Lane
from services.matting.engine import FRAMES_AHEAD, Engine, Matte
from services.matting.finish import finish

WHITE = (255, 255, 255)
PARTY = CHARACTER + EFFECTS["spark"] + EFFECTS["tear"] + EFFECTS["white heart"] + EFFECTS["motion lines"]


def clip_of(*frames: np.ndarray) -> Clip:
    return Clip(frames, [Fraction(1, 12)] * len(frames), None if frames[0].shape[2] == 4 else WHITE)


def quiet(_: float) -> None: ...


async def at_once(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


async def mattes(clip: Clip, backend: str, progress: Progress = quiet, stop: Stop = lambda: False) -> list[Matte]:
    return await Engine().clip(clip, backend, at_once, progress, stop)


async def by_classic(rgb: np.ndarray) -> np.ndarray:
    made = await Engine().frame(rgb, "classic", at_once, lane="batch", timeout_s=9)
    return made.finished


async def test_known_gives_the_frames_alpha_exactly() -> None:
    frame = draw(PARTY)
    hidden = frame.copy()
    hidden[frame[..., 3] == 0, :3] = 77
    (made,) = await mattes(clip_of(hidden), "known")
    assert np.array_equal(made.finished, frame)
    assert np.array_equal(made.pristine, frame)
    assert made.effects == ()


@pytest.mark.parametrize("body", [CHARACTER, PARTY], ids=["character", "with effects"])
async def test_classic_comes_within_a_thousandth_of_the_known_alpha(body: str) -> None:
    clip = clip_of(draw(body), draw(f'<g transform="rotate(7 256 256)">{body}</g>'))
    known = [made.finished for made in await mattes(clip, "known")]
    classic = [made.finished for made in await mattes(clip, "classic")]
    for true, found in zip(known, classic, strict=True):
        assert np.abs(alpha_of(true) - alpha_of(found)).mean() < 0.001
        assert np.abs(over(true, (0, 0, 0)).astype(int) - over(found, (0, 0, 0))).max(axis=2).mean() < 0.5


async def test_classic_leaves_no_light_fringe_on_black() -> None:
    frame = draw(PARTY)
    finished = await by_classic(over(frame, WHITE))
    excess = over(finished, (0, 0, 0)).astype(int) - over(frame, (0, 0, 0))
    assert np.percentile(excess.max(axis=2)[(frame[..., 3] > 0) & (frame[..., 3] < 255)], 99) < 30
    assert (excess.max(axis=2) > 64).sum() == 0


async def test_classic_keeps_the_white_belly_and_what_floats() -> None:
    truth = draw(PARTY)
    finished = await by_classic(over(truth, WHITE))
    assert finished[185:200, 118:138].min() == 255
    assert np.abs(alpha_of(finished) - alpha_of(truth))[:, 200:].mean() < 0.001


async def test_a_glow_is_rescued_into_the_finished_matte_only() -> None:
    (made,) = await mattes(clip_of(over(draw(EFFECTS["glow"] + CHARACTER), WHITE)), "classic")
    assert made.pristine[205, 215, 3] == 0
    assert made.finished[205, 215, 3] > 100
    left, top, right, bottom = made.effects[0].box
    assert (left < 215 < right, top < 205 < bottom) == (True, True)


def test_the_finish_gives_the_picture_back_on_its_own_background() -> None:
    frame = draw(PARTY)
    rgb = over(frame, (120, 220, 130))
    finished = finish(rgb, alpha_of(frame))
    assert np.abs(over(finished, (120, 220, 130)).astype(int) - rgb).max() <= 2
    assert not finished[finished[..., 3] == 0].any()


def test_auto_uses_alpha_where_it_is_known_and_else_the_best_there_is() -> None:
    assert Engine().choose("auto", alpha_known=True) == "known"
    assert Engine().choose("auto", alpha_known=False) == "classic"
    assert Engine([Model()]).choose("", alpha_known=False) == "model"
    assert Engine([Model()]).choose("classic", alpha_known=False) == "classic"


def test_an_unknown_backend_is_named_with_the_ones_there_are() -> None:
    with pytest.raises(UnknownBackend, match=r"'magic'.*known, model, classic"):
        Engine([Model()]).choose("magic", alpha_known=True)


async def test_known_needs_a_clip_with_alpha() -> None:
    with pytest.raises(WrongState, match="classic"):
        await mattes(clip_of(over(draw(CHARACTER, 32), WHITE)), "known")


async def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    await mattes(clip_of(*[draw(CHARACTER, 32)] * 4), "classic", seen.append)
    assert seen == sorted(seen)
    assert len(seen) == 4 + 1
    assert seen[-1] == 1.0


async def test_stop_is_heard_between_frames() -> None:
    seen: list[float] = []
    with pytest.raises(Stopped):
        await mattes(clip_of(*[draw(CHARACTER, 32)] * 4), "classic", seen.append, lambda: len(seen) == 2)
    assert len(seen) == 2


class Model:
    """A model that takes the darker half of a frame for the character."""

    name = "model"
    background = (128, 128, 128)

    def __init__(self) -> None:
        self.broken = asyncio.Event()
        self.seen: list[np.ndarray] = []
        self.lanes: set[str] = set()
        self.waiting = self.most = 0

    async def alpha(self, rgb: np.ndarray, *, lane: Lane, timeout_s: float) -> np.ndarray:
        self.seen.append(rgb)
        self.lanes.add(lane)
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            await asyncio.sleep(0)
        finally:
            self.waiting -= 1
        if rgb[0, 0, 0] == 66:
            raise Overloaded("full")
        return (rgb.mean(axis=2) < 100).astype(np.float32)

    def describe(self) -> Description:
        return Description(self.name)

    async def close(self) -> None: ...


async def test_a_models_matte_is_its_own_with_what_it_dropped_rescued() -> None:
    model = Model()
    frame = over(draw(PARTY), WHITE)
    (made,) = await Engine([model]).clip(clip_of(frame), "model", at_once, quiet, lambda: False)
    assert np.array_equal(made.pristine[..., 3] > 0, frame.mean(axis=2) < 100)
    assert alpha_of(made.finished).sum() > alpha_of(made.pristine).sum()
    assert model.lanes == {"batch"}


async def test_frames_with_an_alpha_are_put_upon_the_models_background() -> None:
    model = Model()
    frame = draw(CHARACTER, 64)
    await Engine([model]).clip(clip_of(frame), "model", at_once, quiet, lambda: False)
    assert np.array_equal(model.seen[0], over(frame, model.background))


async def test_frames_of_a_clip_wait_for_a_model_together_and_come_back_in_order() -> None:
    model = Model()
    frames = [np.full((32, 32, 3), value, np.uint8) for value in range(200, 240)]
    made = await Engine([model]).clip(clip_of(*frames), "model", at_once, quiet, lambda: False)
    assert model.most == FRAMES_AHEAD
    assert len(made) == 40


async def test_when_a_frame_fails_the_clip_fails_with_its_error_and_nothing_goes_on() -> None:
    model = Model()
    frames = [np.full((32, 32, 3), value, np.uint8) for value in (66, *[200] * 40)]
    with pytest.raises(Overloaded):
        await Engine([model]).clip(clip_of(*frames), "model", at_once, quiet, lambda: False)
    assert model.waiting == 0
    assert len(model.seen) < len(frames)
