"""The matting engine: a clip in, its pristine and finished mattes out. It knows no gRPC, bus or store."""

from dataclasses import dataclass

from popcon.backend import Progress, Stop
from popcon.errors import Stopped, UnknownBackend
from popcon.imaging.arrays import Box, Pixels
from popcon.imaging.background import estimate_background
from popcon.imaging.clip import Clip
from popcon.imaging.resize import over
from services.matting import classic, known
from services.matting.finish import finish
from services.matting.vfx import rescue

BACKENDS = ("known", "classic")
AUTO = "auto"
_WHITE = (255, 255, 255)
_Matted = tuple[Pixels, Pixels, tuple[Box, ...]]


@dataclass(frozen=True)
class MatteResult:
    """One entry per frame of the clip in each list. `backend`: the one that made it, never `auto`. `pristine`: HxWx4
    uint8 straight RGBA, RGB 0 where alpha is 0, the backend's own matte; `finished`: the same with effects rescued.
    `effects`: boxes (left, top, right, bottom; pixels, right and bottom exclusive) of what was rescued."""

    backend: str
    pristine: list[Pixels]
    finished: list[Pixels]
    effects: list[tuple[Box, ...]]


def choose_backend(backend: str, clip: Clip) -> str:
    """The backend that a name stands for: `auto` is `known` where the clip carries alpha, else `classic`.
    Raises `UnknownBackend`."""
    if backend == AUTO:
        return "known" if clip.alpha_known else "classic"
    if backend not in BACKENDS:
        raise UnknownBackend(
            f"There is no matting backend {backend!r}; choose one of {', '.join((AUTO, *BACKENDS))}.", field="backend"
        )
    return backend


def matte_clip(clip: Clip, backend: str, progress: Progress, stop: Stop) -> MatteResult:
    """The mattes of every frame. Raises `UnknownBackend`, `WrongState` (`known` for a clip without alpha) and
    `Stopped`, which is looked for between frames."""
    name = choose_backend(backend, clip)
    frames = known.matte(clip) if name == "known" else clip.frames
    make = _as_it_is if name == "known" else _classic
    result = MatteResult(name, [], [], [])
    for index, frame in enumerate(frames):
        if stop():
            raise Stopped("The matting was stopped because its result is no longer wanted.")
        pristine, finished, effects = make(frame)
        result.pristine.append(pristine)
        result.finished.append(finished)
        result.effects.append(effects)
        progress((index + 1) / len(frames))
    return result


def matte_frame(rgb: Pixels) -> tuple[Pixels, Pixels]:
    """The pristine and the finished matte of one HxWx3 uint8 frame on a plain background, by `classic`: HxWx4 uint8
    straight RGBA, RGB 0 where alpha is 0."""
    pristine, finished, _ = _classic(rgb)
    return pristine, finished


def _as_it_is(frame: Pixels) -> _Matted:
    return frame, frame, ()


def _classic(frame: Pixels) -> _Matted:
    rgb = over(frame, _WHITE) if frame.shape[2] == 4 else frame
    background = estimate_background(rgb)
    alpha = classic.matte(rgb, background)
    rescued = rescue(rgb, alpha, background)
    return finish(rgb, alpha, background), finish(rgb, rescued.alpha, background), rescued.boxes
