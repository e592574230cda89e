"""A small case by hand: a disc for a character, a star and a line beside it, lost by the model."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from bench.matting.case import Case, ClipCase, Effect, Mask, Pixels, Plane

SIDE = 256
PAPER = 250
ORANGE = (240, 138, 36)


def disc(x: int, y: int, radius: int) -> Plane:
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(canvas, (x, y), radius, 255, -1, cv2.LINE_AA)
    return (canvas / 255.0).astype(np.float32)


def line(start: tuple[int, int], end: tuple[int, int], width: int = 3) -> Plane:
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    cv2.line(canvas, start, end, 255, width, cv2.LINE_AA)
    return (canvas / 255.0).astype(np.float32)


def over(first: Plane, second: Plane) -> Plane:
    return first + second - first * second


def composite(alpha: Plane, colours: Pixels) -> Pixels:
    mixed = alpha[..., None] * colours + (1.0 - alpha[..., None]) * PAPER
    return np.rint(mixed).astype(np.uint8)


def a_case(dirt: dict[str, Mask] | None = None) -> Case:
    """The model's matte is the character alone, exactly."""
    character = disc(128, 128, 50)
    spark, stroke = disc(40, 40, 12), line((200, 40), (230, 80))
    alpha = over(over(character, spark), stroke)
    colours = np.zeros((SIDE, SIDE, 3), np.uint8)
    colours[:] = ORANGE
    return Case(
        name="by hand",
        frame=composite(alpha, colours),
        alpha=alpha,
        character=character,
        effects=(Effect("spark", spark, 1), Effect("motion line", stroke, 2)),
        matte=character.copy(),
        foreground=colours,
        background=np.full((SIDE, SIDE, 3), PAPER, np.uint8),
        holes=np.zeros((SIDE, SIDE), np.bool_),
        dirt=dirt or {},
        slices=("white",),
    )


def without_effects(case: Case) -> Case:
    return replace(case, alpha=case.character, effects=())


def cut(alpha: Plane, colours: Pixels) -> Pixels:
    return np.dstack([colours, np.rint(alpha * 255).astype(np.uint8)])


def some_cases(split: str, count: int, seed: int = 0, side: int = SIDE) -> Iterator[Case]:
    """In place of the generator."""
    return (replace(a_case(), name=f"{split} {seed + index}") for index in range(count))


def some_clips(split: str, count: int, seed: int = 0, side: int = SIDE) -> Iterator[ClipCase]:
    """In place of the generator."""
    return (ClipCase(f"{split} {seed + index}", (a_case(), a_case())) for index in range(count))
