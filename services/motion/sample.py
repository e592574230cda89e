"""A small moving sample of a direction, for pickers."""

import io
from functools import lru_cache
from importlib import resources

import resvg_py
from PIL import Image

from popcon.backend import Direction, MotionRequest
from popcon.imaging.arrays import Pixels
from popcon.imaging.png import decode_png
from popcon.imaging.resize import resize_rgba
from services.motion.puppet import Puppet

HOUSE_SIDE = 512


def sample(direction: Direction, character: Pixels | None, side: int) -> bytes:
    """An animated WebP of `side` pixels that loops for ever. `character`: HxWx4 uint8 straight RGBA; None takes the
    house character."""
    figure = house() if character is None else character
    clip = Puppet().make(MotionRequest(figure, direction, seed=0), _ignore, _never)[0]
    frames = [Image.fromarray(resize_rgba(frame, (side, side))) for frame in clip.frames]
    out = io.BytesIO()
    times = [round(float(duration) * 1000) for duration in clip.durations]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=times, loop=0, quality=80, method=2)
    return out.getvalue()


@lru_cache
def house() -> Pixels:
    """The house character, as a start frame."""
    drawing = resources.files("services.motion").joinpath("house.svg").read_text()
    return decode_png(bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=HOUSE_SIDE)))


def _ignore(_fraction: float) -> None:
    """Nobody watches the progress of a sample."""


def _never() -> bool:
    return False
