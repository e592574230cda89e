"""What an edit does to a picture: regions of it are erased, or get their pristine pixels back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from popcon.errors import InvalidRequest
from popcon.imaging.arrays import Box, Pixels, Plane
from popcon.imaging.background import estimate_background
from popcon.imaging.png import decode_png
from popcon.imaging.resize import content_box
from popcon.v1 import runs_pb2

Point = NDArray[np.float64]

_PIECE = 32.0  # pixels


@dataclass(frozen=True)
class Region:
    """Part of a picture, and how far each pixel of the part is touched: float32, 0..1."""

    part: tuple[slice, slice]
    cover: Plane


def region_of(operation: runs_pb2.Operation, shape: tuple[int, ...], masks: Mapping[str, bytes]) -> Region:
    """The region that an operation touches in pictures of a shape (height, width). `masks`: PNGs by key. Raises
    `InvalidRequest` for a mask of another size, and `ArtifactDamaged` for one that cannot be read."""
    height, width = shape[:2]
    if operation.mask:
        grey = decode_png(masks[operation.mask])
        if grey.shape != (height, width):
            raise InvalidRequest(f"The mask is not of the frame's size, {width}x{height}.", field="mask")
        part = _slices(content_box(grey) or (0, 0, 0, 0))
        return Region(part, grey[part].astype(np.float32) / np.float32(255))
    if operation.strokes:
        return _brushed(operation.strokes, height, width)
    box = operation.box
    part = _slices((box.left, box.top, box.right, box.bottom) if operation.HasField("box") else (0, 0, width, height))
    return Region(part, np.ones((height, width), np.float32)[part])


def apply(kind: str, picture: Pixels, pristine: Pixels, region: Region) -> None:
    """Does `erase` or `restore` to a region of a picture, in place: exactly where the region is whole, in part along
    its rim. Pictures are HxWx4 straight RGBA; one without alpha, HxWx3, shows its background where it is erased. Raises
    `InvalidRequest` for another kind."""
    if kind == "restore":
        _lay(pristine, picture, region)
    elif kind == "erase":
        _lay(_nothing(picture), picture, region)
    else:
        raise InvalidRequest(f"There is no operation {kind}.", field="kind")


def _nothing(picture: Pixels) -> Pixels:
    if picture.shape[2] == 4:
        return np.zeros_like(picture)
    return np.asarray(np.rint(estimate_background(picture).field), np.uint8)


def _lay(source: Pixels, picture: Pixels, region: Region) -> None:
    old, new = picture[region.part], source[region.part]
    whole = region.cover >= 1
    old[whole] = new[whole]
    rim = (region.cover > 0) & ~whole
    if rim.any():
        old[rim] = _mixed(old[rim], new[rim], region.cover[rim])


def _mixed(old: Pixels, new: Pixels, share: Plane) -> Pixels:
    """Nx3 or Nx4 pixels: `share` (N floats, 0..1) of the new ones, colours weighing as much as they are seen."""
    after = share.astype(np.float64)[:, None]
    before = 1 - after
    if old.shape[1] == 4:
        before, after = before * old[:, 3:], after * new[:, 3:]
    alpha = np.floor(before + after + 0.5)
    colour = np.floor((old[:, :3] * before + new[:, :3] * after) / np.maximum(before + after, 1e-9) + 0.5)
    return np.asarray(np.hstack([np.where(alpha > 0, colour, 0), alpha])[:, : old.shape[1]], np.uint8)


def _slices(box: Box) -> tuple[slice, slice]:
    left, top, right, bottom = box
    return slice(top, bottom), slice(left, right)


def _brushed(strokes: Sequence[runs_pb2.Stroke], height: int, width: int) -> Region:
    """Where brushes went: whole inside, falling to nothing over the pixel that their rim crosses."""
    cover = np.zeros((height, width), np.float32)
    for stroke in strokes:
        points = [np.array([point.x, point.y]) for point in stroke.points]
        for start, end in zip(points, points[1:] or points, strict=False):
            _drag(cover, start, end, stroke.radius)
    part = _slices(content_box(np.asarray(cover > 0, np.uint8)) or (0, 0, 0, 0))
    return Region(part, cover[part])


def _drag(cover: Plane, start: Point, end: Point, radius: float) -> None:
    """Raises a cover, in place, where a brush goes along a straight line."""
    # In short pieces, for around each only a little of the frame has to be looked at.
    pieces = int(np.hypot(*(end - start)) / max(_PIECE, 2 * radius)) + 1
    stops = np.linspace(start, end, pieces + 1)
    low = np.floor(np.minimum(stops[1:], stops[:-1]) - radius - 1).clip(0).astype(int)
    high = np.ceil(np.maximum(stops[1:], stops[:-1]) + radius + 1).clip(0, cover.shape[::-1]).astype(int)
    for index in np.flatnonzero((low < high).all(axis=1)):
        (left, top), (right, bottom) = low[index], high[index]
        touched = cover[top:bottom, left:right]
        if touched.min() < 1:
            apart = _apart(stops[index], stops[index + 1], left, top, touched.shape)
            np.maximum(touched, np.clip(radius + 0.5 - apart, 0, 1), out=touched, casting="same_kind")


def _apart(start: Point, end: Point, left: int, top: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """How far the middles of pixels are from a straight line, of as many as a shape says from a corner on."""
    x = left + np.arange(shape[1]) + 0.5 - start[0]
    y = (top + np.arange(shape[0]) + 0.5 - start[1])[:, None]
    way = end - start
    along = np.clip((x * way[0] + y * way[1]) / (float(way @ way) or 1.0), 0, 1)
    return np.asarray(np.hypot(x - along * way[0], y - along * way[1]), np.float64)
