"""popcon's rescue with one part switched off at a time, to see what each is worth."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np

from bench.matting import rule
from bench.matting.case import Pixels, Plane
from services.matting import vfx
from services.matting.rescue import candidates, completion, judge, net, opacity, pixels, rooms, shadows

Part = tuple[ModuleType, str, Callable[..., Any]]
"""What is replaced where, and by what."""


def _nowhere(*_: object) -> np.ndarray[Any, Any]:
    return np.zeros(0, np.intp)


def _nothing_made(*_: object) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    return np.zeros(0, np.intp), np.zeros(0, np.float32)


def _opaque(sights: pixels.Sights, _traits: object) -> np.ndarray[Any, Any]:
    return np.ones(len(sights.pixels), np.float32)


def _as_it_is(_seen: object) -> None: ...


_PARTS: Mapping[str, tuple[Part, ...]] = {
    "rule for judge": ((judge, "judge", rule.judge),),
    "no learned opacity": ((net, "opacity", _opaque),),
    "no rooms": ((rooms, "filled", _nothing_made),),
    "no spread": ((opacity, "_spread", _nowhere),),
    "no shadows": ((shadows, "floor_shadows", _nowhere), (shadows, "haze", _nowhere)),
    "no completion": ((completion, "lost", _nowhere),),
    "no border lines": ((candidates, "without_border_lines", _as_it_is),),
}


@dataclass(frozen=True)
class Without:
    """The rescue of an HxWx3 uint8 frame and its matte, HxW float32 0..1, with some parts replaced."""

    parts: tuple[Part, ...]

    def __call__(self, frame: Pixels, matte: Plane) -> Plane:
        with ExitStack() as replaced:
            for module, name, other in self.parts:
                replaced.enter_context(mock.patch.object(module, name, other))
            return vfx.rescue_vfx_elements(frame, matte)


ABLATIONS = {f"popcon, {name}": Without(parts) for name, parts in _PARTS.items()}
"""By name; each can be sent to another process."""
