"""Plain backgrounds, as video models make them: a colour, often with a slow gradient or a vignette."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bench.matting.art import Split
from bench.matting.case import Plane

Colour = tuple[int, int, int]

SHARES = {"white": 0.36, "off-white": 0.22, "gray": 0.2, "plain colour": 0.22}
VARIATION = {"": 0.66, "gradient": 0.19, "vignette": 0.15}
OFF_WHITE: Mapping[Split, tuple[Colour, ...]] = {
    "tune": ((250, 248, 245), (253, 253, 250), (247, 247, 247), (244, 246, 250), (251, 247, 239), (242, 242, 240)),
    "test": ((251, 249, 243), (249, 251, 253), (246, 244, 241), (252, 252, 252), (243, 241, 245), (248, 250, 244)),
}
PLAIN: Mapping[Split, tuple[Colour, ...]] = {
    "tune": ((214, 233, 250), (222, 242, 222), (250, 232, 214), (232, 226, 246), (200, 224, 232), (238, 238, 214)),
    "test": ((205, 229, 245), (228, 246, 234), (252, 226, 228), (240, 236, 221), (216, 220, 238), (196, 230, 206)),
}


@dataclass(frozen=True)
class Ground:
    """`pixels`: HxWx3 float32, levels 0..255. `labels`: its slices."""

    colour: Colour
    pixels: Plane
    labels: tuple[str, ...]


def ground(random: np.random.Generator, split: Split, side: int) -> Ground:
    """A background of `side` x `side`."""
    kind = str(random.choice(list(SHARES), p=list(SHARES.values())))
    colours = {
        "white": ((255, 255, 255),),
        "gray": ((128, 128, 128),),
        "off-white": OFF_WHITE[split],
        "plain colour": PLAIN[split],
    }
    colour = colours[kind][int(random.integers(len(colours[kind])))]
    variation = str(random.choice(list(VARIATION), p=list(VARIATION.values())))
    pixels = np.broadcast_to(np.array(colour, np.float32), (side, side, 3))
    if variation:
        shade = _gradient(random, side) if variation == "gradient" else _vignette(random, side)
        tint = np.float32(random.uniform(0.85, 1.15, 3))
        pixels = pixels + shade[..., None] * tint
    labels = (kind, variation) if variation else (kind,)
    return Ground(colour, np.clip(pixels, 0, 255).astype(np.float32), labels)


def _gradient(random: np.random.Generator, side: int) -> Plane:
    """A ramp of 4 to 18 levels in any direction, sometimes bent; only darker, so that white has one too."""
    turn, depth = random.uniform(0, 2 * np.pi), random.uniform(4, 18)
    line = np.linspace(-0.5, 0.5, side, dtype=np.float32)
    ramp = np.clip(0.5 + 0.75 * (line * np.float32(np.cos(turn)) + (line * np.float32(np.sin(turn)))[:, None]), 0, 1)
    return np.asarray(-depth * ramp ** random.uniform(0.7, 1.8), np.float32)


def _vignette(random: np.random.Generator, side: int) -> Plane:
    """Darker towards the corners, by 4 to 20 levels there, around a middle that may lie off the frame's."""
    x, y = random.uniform(-0.12, 0.12, 2)
    line = np.linspace(-1, 1, side, dtype=np.float32)
    distance = np.sqrt((line - np.float32(x)) ** 2 + ((line - np.float32(y)) ** 2)[:, None]) / np.float32(np.sqrt(2))
    return np.asarray(-random.uniform(4, 20) * np.clip(distance, 0, 1) ** random.uniform(1.6, 3.5), np.float32)
