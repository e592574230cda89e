"""What is compared: each method mends a model's matte, and cuts the frame out with it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.matting import published, rembg
from bench.matting.ablations import ABLATIONS
from bench.matting.case import Pixels, Plane
from services.matting import finish, vfx


def opacity(rgba: Pixels) -> Plane:
    """The alpha of HxWx4 uint8 straight RGBA, HxW float32 0..1."""
    return np.asarray(rgba[..., 3] / np.float32(255.0), np.float32)


def _frame_colours(frame: Pixels, alpha: Plane) -> Pixels:
    return np.dstack([frame, np.rint(alpha * 255).astype(np.uint8)])


@dataclass(frozen=True)
class Method:
    """`mend`: frame (HxWx3 uint8 RGB) and matte (HxW float32 0..1) → a better matte. `cut`: frame and matte → HxWx4
    uint8 straight RGBA. `finishes`: whether the cut-out's alpha may be another than the matte's."""

    mend: Callable[[Pixels, Plane], Plane]
    cut: Callable[[Pixels, Plane], Pixels] = _frame_colours
    finishes: bool = False

    def __call__(self, frame: Pixels, matte: Plane) -> Plane:
        return self.mend(frame, matte)


ClipMethod = Callable[[Sequence[Pixels], Sequence[Plane]], list[Plane]]
"""The frames of a clip and their mattes → better mattes."""


def _as_it_is(_frame: Pixels, matte: Plane) -> Plane:
    return matte


def _methods() -> dict[str, Method]:
    return {
        "none": Method(_as_it_is),
        "published": Method(published.put_back),
        "published any colour": Method(published.put_back_any_colour),
        "pymatting": Method(rembg.closed_form, rembg.multi_level),
        "popcon": Method(vfx.rescue_vfx_elements, finish.finish, finishes=True),
        **{name: Method(without, finish.finish) for name, without in ABLATIONS.items()},
    }


METHODS = _methods()
"""By name, in the order of the tables."""


def _frame_by_frame(method: Method) -> ClipMethod:
    def mend(frames: Sequence[Pixels], mattes: Sequence[Plane]) -> list[Plane]:
        return [method(frame, matte) for frame, matte in zip(frames, mattes, strict=True)]

    return mend


def _whole_clip(frames: Sequence[Pixels], mattes: Sequence[Plane]) -> list[Plane]:
    return vfx.rescue_vfx_clip(frames, mattes)


def _finished_clip(frames: Sequence[Pixels], mattes: Sequence[Plane]) -> list[Plane]:
    finished = finish.finish_clip(frames, _whole_clip(frames, mattes))
    return [opacity(rgba) for rgba in finished]


def clip_methods(names: Iterable[str]) -> dict[str, ClipMethod]:
    """The methods of these names, which take each frame by itself; with popcon, also its own for whole clips."""
    found = {name: _frame_by_frame(METHODS[name]) for name in names}
    if "popcon" in found:
        found |= {"popcon clip": _whole_clip, "popcon clip finished": _finished_clip}
    return found
