"""The matting engine: frames in, their pristine and finished mattes out. It knows no gRPC, bus or store."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from popcon.backend import Progress, Stop
from popcon.errors import Stopped, UnknownBackend
from popcon.imaging.arrays import Pixels, Plane
from popcon.imaging.clip import Clip
from popcon.imaging.resize import over
from popcon.imaging.unmix import separate
from services.matting import classic, known
from services.matting.alpha import AlphaBackend, Lane
from services.matting.finish import finish_clip
from services.matting.vfx import Element, rescue_clip

T = TypeVar("T")

AUTO, KNOWN, CLASSIC = "auto", "known", "classic"
FRAME_TIMEOUT_S = 300.0
FRAMES_AHEAD = 16
"""Frames of a clip that wait for a model at the same time: enough to fill a batch."""

_WHITE = (255, 255, 255)
_SEEING = 0.7
"""The share of the work on a clip that is done when the backend has seen every frame."""


class Compute(Protocol):
    """Runs a blocking function where it blocks nobody."""

    def __call__(self, function: Callable[..., T], *arguments: Any) -> Awaitable[T]: ...


@dataclass(frozen=True)
class Matte:
    """`pristine`: HxWx4 uint8 straight RGBA, RGB 0 where alpha is 0, the backend's own matte; `finished`: the same with
    effects rescued, edges clean and, in a clip, steady. `effects`: what was rescued."""

    pristine: Pixels
    finished: Pixels
    effects: tuple[Element, ...] = ()


@dataclass(frozen=True)
class _Seen:
    """A frame on a plain background, HxWx3 uint8, and what a backend gives for its alpha, HxW float32 0..1."""

    rgb: Pixels
    alpha: Plane


class Engine:
    """Makes mattes by `known`, `classic` and the models it was given."""

    def __init__(self, models: Sequence[AlphaBackend] = ()) -> None:
        """`models`: the best first."""
        self.models = {model.name: model for model in models}
        self.backends = (*self.models, CLASSIC)
        """What can make a matte of a frame without alpha; the first is what `auto` stands for."""

    def choose(self, asked: str, *, alpha_known: bool) -> str:
        """The backend that a name stands for: `auto` is `known` where the frames carry alpha. Raises
        `UnknownBackend`."""
        if asked in ("", AUTO):
            return KNOWN if alpha_known else self.backends[0]
        if asked not in (KNOWN, *self.backends):
            names = ", ".join((AUTO, KNOWN, *self.backends))
            raise UnknownBackend(f"There is no matting backend {asked[:40]!r} here; choose {names}.", field="backend")
        return asked

    def model(self, backend: str) -> str:
        """The weights behind a backend, as runs record them; empty where there are none."""
        if backend not in self.models:
            return ""
        about = self.models[backend].describe()
        return f"{about.model} sha256:{about.digest}"

    async def clip(self, clip: Clip, backend: str, compute: Compute, progress: Progress, stop: Stop) -> list[Matte]:
        """The mattes of every frame by a backend of `choose`. Raises `WrongState` (`known` for a clip without alpha),
        `Stopped`, and what the model raises."""
        if backend == KNOWN:
            return [Matte(frame, frame) for frame in await compute(known.matte, clip)]
        done = 0
        room = asyncio.Semaphore(FRAMES_AHEAD if backend in self.models else 1)

        async def see(frame: Pixels) -> _Seen:
            nonlocal done
            async with room:
                if stop():
                    raise Stopped("The matting was stopped because its result is no longer wanted.")
                seen = await self._see(frame, backend, compute, "batch", FRAME_TIMEOUT_S)
            done += 1
            progress(_SEEING * done / len(clip.frames))
            return seen

        made = await compute(_finished, await _all(see(frame) for frame in clip.frames))
        progress(1.0)
        return made

    async def frame(self, frame: Pixels, backend: str, compute: Compute, *, lane: Lane, timeout_s: float) -> Matte:
        """The matte of a frame, HxWx3 or HxWx4 uint8, which is put on a plain background first."""
        seen = await self._see(frame, backend, compute, lane, timeout_s)
        (made,) = await compute(_finished, [seen])
        return made

    async def alpha(self, frame: Pixels, backend: str, compute: Compute, *, lane: Lane, timeout_s: float) -> Plane:
        """The alpha alone of a frame as the backend gives it, HxW float32 0..1."""
        return (await self._see(frame, backend, compute, lane, timeout_s)).alpha

    async def _see(self, frame: Pixels, backend: str, compute: Compute, lane: Lane, timeout_s: float) -> _Seen:
        model = self.models.get(backend)
        rgb = await compute(_opaque, frame, model.background if model else _WHITE)
        alpha = await (model.alpha(rgb, lane=lane, timeout_s=timeout_s) if model else compute(classic.matte, rgb))
        return _Seen(rgb, alpha)

    async def broken(self) -> None:
        """Returns when a model will not answer again in this process; without models never."""
        waiting = [asyncio.create_task(model.broken.wait()) for model in self.models.values()]
        try:
            await (asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED) if waiting else asyncio.Event().wait())
        finally:
            for each in waiting:
                each.cancel()

    async def close(self) -> None:
        """Frees what the models hold."""
        for model in self.models.values():
            await model.close()


async def _all(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of coroutines, in order. When one fails the others are cancelled, and its error is raised."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _opaque(frame: Pixels, colour: tuple[int, int, int]) -> Pixels:
    return over(frame, colour) if frame.shape[2] == 4 else frame


def _finished(seen: Sequence[_Seen]) -> list[Matte]:
    """The mattes of the frames of a clip, or of one frame."""
    frames = [each.rgb for each in seen]
    rescued = rescue_clip(frames, [each.alpha for each in seen])
    backgrounds = [each.background for each in rescued]
    pristine = [separate(each.rgb, back.field, each.alpha) for each, back in zip(seen, backgrounds, strict=True)]
    finished = finish_clip(frames, [each.alpha for each in rescued], backgrounds)
    return [Matte(*each) for each in zip(pristine, finished, (one.elements for one in rescued), strict=True)]
