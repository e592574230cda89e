"""Where a head is: what is worn on it and hangs over it needs its top, without what sticks out of it."""

from dataclasses import dataclass

import cv2
import numpy as np

from popcon.puppet.pose import Floats

SIDE = 128
WIDE = 0.45
GAP = 0.12
"""Neighbours on an outline that are further apart than this, in sides of its box, belong to different parts."""


@dataclass(frozen=True)
class Head:
    """`x`: its middle; `top`: the first row that is wide; `half`: of the width a little below. Pixels."""

    x: float
    top: float
    half: float


def find_head(outline: Floats) -> Head:
    """The head of a character with these points on the edges of its parts, in order, Nx2 float32 pixels: it begins
    at the first row from above in which one piece is at least `WIDE` of the widest."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    scale = (SIDE - 1) / max(float((high - low).max()), 1.0)
    runs = [_longest_run(row) for row in _silhouette((outline - low) * scale)]
    widest = max(end - begin for begin, end in runs)
    top = next(y for y, (begin, end) in enumerate(runs) if end - begin >= WIDE * widest)
    begin, end = runs[min(top + SIDE // 12, len(runs) - 1)]
    if end <= begin:
        begin, end = runs[top]
    return Head(
        float(low[0] + (begin + end) / 2 / scale),
        float(low[1] + top / scale),
        max(float((end - begin) / 2 / scale), 1.0),
    )


def _silhouette(points: Floats) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """HxW, 1 within an outline of `SIDE` at most."""
    jumps = np.flatnonzero(np.linalg.norm(np.diff(points, axis=0), axis=1) > GAP * SIDE) + 1
    parts = [np.round(part).astype(np.int32) for part in np.split(points, jumps) if len(part) > 2]
    width, height = np.ceil(points.max(axis=0)).astype(int) + 1
    out = np.zeros((int(height), int(width)), np.uint8)
    for part in parts:
        cv2.fillPoly(out, [part], (1,))
    return out


def _longest_run(row: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> tuple[int, int]:
    """Begin and end of the longest piece of ones."""
    edges = np.flatnonzero(np.diff(row, prepend=0, append=0))
    if not len(edges):
        return 0, 0
    begins, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - begins))
    return int(begins[longest]), int(ends[longest])
