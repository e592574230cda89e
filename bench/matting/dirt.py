"""What video models leave on a background and nobody wants: shadows, border lines, specks, smudges, checkers."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from bench.matting.case import Mask, Plane
from bench.matting.compose import widest

SHARES: Mapping[str, float] = {
    "shadow": 0.32,
    "border line": 0.22,
    "specks": 0.36,
    "smudge": 0.16,
    "checkerboard": 0.06,
}
SEEN = 1.5  # levels: what changes the frame by less is not there


@dataclass(frozen=True)
class Dirt:
    """`under`: HxWx3 float32 levels added to the background. `over`: added to the frame (H x W). `shadow`: HxW 0..1,
    how dark the floor shadow is, at most 1."""

    causes: tuple[str, ...]
    under: dict[str, Plane]
    over: dict[str, Plane]
    shadow: Plane

    def masks(self, alpha: Plane) -> dict[str, Mask]:
        """By cause: where the frame shows it, given its true alpha."""
        clear = alpha < 0.5
        below = {cause: (widest(plane) * (1 - alpha) >= SEEN) & clear for cause, plane in self.under.items()}
        above = {cause: (np.abs(plane) >= SEEN) & clear for cause, plane in self.over.items()}
        return {cause: mask for cause, mask in (below | above).items() if mask.any()}


def causes(random: np.random.Generator) -> tuple[str, ...]:
    """Which dirt a frame has: each by its share, so that a third of the frames have none."""
    return tuple(cause for cause, share in SHARES.items() if random.random() < share)


def dirt(
    random: np.random.Generator, chosen: tuple[str, ...], ground: Plane, character: Plane, keep: Mask, pixel: float
) -> Dirt:
    """`ground`: HxWx3 levels. `keep`: HxW, where no speck may lie. `pixel`: pixels of the drawing to one of
    the finished frame."""
    side = ground.shape[0]
    under: dict[str, Plane] = {}
    over: dict[str, Plane] = {}
    shade = np.zeros((side, side), np.float32)
    if "shadow" in chosen:
        shade = floor_shadow(random, character)
        under["shadow"] = -ground * shade[..., None] * np.float32(random.uniform(0.9, 1.0, 3))
    if "smudge" in chosen:
        under["smudge"] = smudges(random, side)
    if "checkerboard" in chosen:
        under["checkerboard"] = checkers(random, side)
    if "border line" in chosen:
        over["border line"] = border_lines(random, side, pixel)
    if "specks" in chosen:
        over["specks"] = specks(random, side, keep, pixel)
    return Dirt(chosen, under, over, shade)


def floor_shadow(random: np.random.Generator, character: Plane) -> Plane:
    """A soft ellipse under the character, its darkest 0.06 to 0.45; often with small dark ones right at the feet."""
    side = character.shape[0]
    rows, columns = np.nonzero(character > 0.5)
    feet, left, right = int(rows.max()), int(columns.min()), int(columns.max())
    low = columns[rows > feet - 0.12 * (feet - rows.min())]
    middle, half = float(low.mean()), float(right - left) / 2
    drop = float(random.choice([0.0, random.uniform(-0.01, 0.02), random.uniform(0.02, 0.06)])) * side
    wide, flat = half * random.uniform(0.6, 1.3), random.uniform(0.08, 0.22)
    out = random.uniform(0.06, 0.45) * _blob(
        side, middle + random.uniform(-0.2, 0.2) * half, feet + drop, wide, wide * flat, random
    )
    if random.random() < 0.35:
        for x in np.quantile(low, (0.15, 0.85)).tolist():
            out = np.maximum(out, random.uniform(0.2, 0.6) * _blob(side, x, feet, half * 0.25, half * 0.06 + 2, random))
    return np.asarray(out, np.float32)


def _blob(side: int, x: float, y: float, rx: float, ry: float, random: np.random.Generator) -> Plane:
    """A soft ellipse, 1 in its middle, 0 from its rim on."""
    line = np.arange(side, dtype=np.float32)
    away = np.sqrt(
        ((line - np.float32(x)) / np.float32(rx)) ** 2 + (((line - np.float32(y)) / np.float32(ry)) ** 2)[:, None]
    )
    return np.asarray(np.clip(1 - away, 0, 1) ** random.uniform(0.5, 1.6), np.float32)


def border_lines(random: np.random.Generator, side: int, pixel: float) -> Plane:
    """Dark or gray lines 1 to 4 pixels wide along the left or right border or both, seldom above or below."""
    out = np.zeros((side, side), np.float32)
    sides = (
        ["left", "right"]
        if random.random() < 0.4
        else [str(random.choice(["left", "right", "top", "bottom"], p=[0.42, 0.42, 0.08, 0.08]))]
    )
    for where in sides:
        width = max(1, round(int(random.integers(1, 5)) * pixel))
        profile = random.uniform(0.35, 1.0, width) * -random.uniform(25, 230)
        length = np.ones(side, np.float32)
        if random.random() < 0.3:
            cut = int(random.integers(side // 3, side))
            length[cut:] = 0
            length = length[::-1] if random.random() < 0.5 else length
        strip = profile.astype(np.float32)[:, None] * length * random.uniform(0.8, 1.0, side).astype(np.float32)
        if where in ("left", "right"):
            out[:, :width] = np.minimum(out[:, :width], strip.T) if where == "left" else out[:, :width]
            out[:, side - width :] = (
                np.minimum(out[:, side - width :], strip.T[:, ::-1]) if where == "right" else out[:, side - width :]
            )
        elif where == "top":
            out[:width] = np.minimum(out[:width], strip)
        else:
            out[side - width :] = np.minimum(out[side - width :], strip[::-1])
    return out


def specks(random: np.random.Generator, side: int, keep: Mask, pixel: float, few: int = 4) -> Plane:
    """`few` to 20 times as many dots of 1 to 3 pixels, darker than what is there, now and then lighter."""
    out = np.zeros((side, side), np.float32)
    for _ in range(int(few * 20 ** random.random())):
        x, y = random.integers(3, side - 3, 2).tolist()
        if keep[y, x]:
            continue
        radius = random.uniform(0.45, 1.5) * pixel
        depth = random.uniform(18, 140) * (-1 if random.random() < 0.85 else 1)
        reach = np.arange(-3, 4, dtype=np.float32)
        ball = np.clip(radius + 0.5 - np.sqrt(reach**2 + (reach**2)[:, None]), 0, 1)
        piece = out[y - 3 : y + 4, x - 3 : x + 4]
        piece += depth * ball[: piece.shape[0], : piece.shape[1]]
    return out


def smudges(random: np.random.Generator, side: int) -> Plane:
    """One to three faint soft blotches of 2 to 6 levels, nearly gray."""
    out = np.zeros((side, side, 3), np.float32)
    for _ in range(int(random.integers(1, 4))):
        x, y = random.uniform(0.05, 0.95, 2) * side
        rx, ry = random.uniform(0.08, 0.3, 2) * side
        out -= _blob(side, x, y, rx, ry, random)[..., None] * np.float32(
            random.uniform(2, 6) * random.uniform(0.8, 1.0, 3)
        )
    return out


def checkers(random: np.random.Generator, side: int) -> Plane:
    """A patch of a faint checkerboard, 3 to 10 levels deep, that fades towards its rim."""
    cell = int(random.integers(side // 64 + 2, side // 16 + 3))
    rows, columns = np.mgrid[:side, :side] // cell
    x, y = random.uniform(0.15, 0.85, 2) * side
    fade = np.clip(
        1.6 * _blob(side, x, y, random.uniform(0.15, 0.4) * side, random.uniform(0.15, 0.4) * side, random), 0, 1
    )
    board = ((rows + columns) % 2).astype(np.float32) * fade * -np.float32(random.uniform(3, 10))
    return np.repeat(cv2.GaussianBlur(board, (0, 0), 0.6)[..., None], 3, axis=2)
