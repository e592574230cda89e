"""Drawing the character in a pose: its body and each limb is a layer, warped smoothly, sampled finer than the picture
and averaged. Limbs lie behind the body and reach a little under it, so that no joint opens."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import premultiply
from popcon.puppet.anatomy import Anatomy
from popcon.puppet.cutting import cut, left_to_body, shares
from popcon.puppet.limbs import FAINT, swung
from popcon.puppet.pose import Floats, Pose, sources, targets
from popcon.puppet.swing import Swing

FINER = 2
CELL = 8


@dataclass(frozen=True)
class Camera:
    """Rest picture to output, pixels: `output = scale * picture + shift`."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, eq=False)
class Layer:
    """A part of the picture, `FINER` times as large: float32 premultiplied RGBA; its left and top in the picture."""

    texture: Floats
    left: int
    top: int


class Rig:
    """The character as layers that poses are drawn from."""

    def __init__(self, image: Pixels, anatomy: Anatomy) -> None:
        """`image`: HxWx4 uint8 straight RGBA, which `anatomy` was found in."""
        self._anatomy = anatomy
        self._shares = shares(image, anatomy.limbs)
        self._limbs = [_layer(cut(image, limb, at)) for limb, at in zip(anatomy.limbs, self._shares, strict=True)]
        self.body = self.skin(image)

    def skin(self, image: Pixels) -> Layer:
        """The body of a picture that differs from the rig's own only in what is painted on the body."""
        visible = premultiply(image) * (image[..., 3:] > FAINT)
        for share in self._shares:
            visible *= left_to_body(share)
        return _layer(visible)

    def draw(self, pose: Pose, swings: Sequence[Swing], camera: Camera, side: int, skin: Layer) -> Floats:
        """A square of `side` pixels, a multiple of 4: float32 premultiplied RGBA, 0..255."""
        canvas = np.zeros((side, side, 4), np.float32)
        # One cell more on every side keeps the interpolation away from the grid's own border.
        centres = (np.arange(-1, side * FINER // CELL + 1, dtype=np.float32) + np.float32(0.5)) * (CELL / FINER)
        x, y = np.meshgrid((centres - camera.x) / camera.scale, (centres - camera.y) / camera.scale)
        x, y = sources(pose, self._anatomy.body, x.astype(np.float32), y.astype(np.float32))
        for limb, layer, swing in zip(self._anatomy.limbs, self._limbs, swings, strict=True):
            _paint(canvas, layer, *swung(limb, -swing.angle, -swing.curl, x, y))
        _paint(canvas, skin, x, y)
        return canvas


def reach(anatomy: Anatomy, pose: Pose, each: Sequence[Swing]) -> tuple[float, float, float, float]:
    """The box around a posed character, pixels of the rest picture: left, top, right, bottom."""
    parts: list[Floats] = [anatomy.outline]
    for limb, swing in zip(anatomy.limbs, each, strict=True):
        parts.append(np.stack(swung(limb, swing.angle, swing.curl, *limb.outline.T), axis=1))
    points = targets(pose, anatomy.body, np.concatenate(parts))
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left) - 1, float(top) - 1, float(right) + 1, float(bottom) + 1


def _paint(canvas: Floats, layer: Layer, x: Floats, y: Floats) -> None:
    """Lays a layer over the canvas; `x`, `y`: the points of the picture that the middles of the canvas's cells show,
    with one cell more around. The warp is smooth, so straight lines between them are off by less than a twentieth of a
    pixel."""
    height, width = layer.texture.shape[:2]
    u, v = (x - np.float32(layer.left)) * FINER, (y - np.float32(layer.top)) * FINER
    near = (u > -2 * CELL) & (u < width + 2 * CELL) & (v > -2 * CELL) & (v < height + 2 * CELL)
    left, top, across, down = cv2.boundingRect(cv2.dilate(near.astype(np.uint8), np.ones((3, 3), np.uint8)))
    left, top = max(left - 1, 0), max(top - 1, 0)
    right, bottom = min(left + across + 2, x.shape[1]), min(top + down + 2, x.shape[0])
    if right - left < 3 or bottom - top < 3:
        return
    full = ((right - left) * CELL, (bottom - top) * CELL)
    inner = slice(CELL, -CELL)
    fine_u, fine_v = (
        np.ascontiguousarray(
            cv2.resize(grid[top:bottom, left:right] - np.float32(0.5), full, interpolation=cv2.INTER_LINEAR)[
                inner, inner
            ]
        )
        for grid in (u, v)
    )
    fine = cv2.remap(layer.texture, fine_u, fine_v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    pixels = cv2.resize(fine, (fine.shape[1] // FINER, fine.shape[0] // FINER), interpolation=cv2.INTER_AREA)
    step = CELL // FINER
    under = canvas[top * step : top * step + pixels.shape[0], left * step : left * step + pixels.shape[1]]
    under *= 1 - pixels[..., 3:] * np.float32(1 / 255)
    under += pixels


def _layer(visible: Floats) -> Layer:
    """The layer of a premultiplied picture, cut to what can be seen of it."""
    left, top, width, height = cv2.boundingRect((visible[..., 3] > 0).astype(np.uint8))
    # A pixel of nothing around, so that an edge fades out.
    padded = np.pad(visible[top : top + height, left : left + width], ((2, 2), (2, 2), (0, 0)))
    size = (padded.shape[1] * FINER, padded.shape[0] * FINER)
    texture = cv2.resize(padded, size, interpolation=cv2.INTER_CUBIC)
    alpha = np.clip(texture[..., 3:], 0, 255)
    # Cubics overshoot at edges; a colour above its alpha would shine.
    return Layer(np.concatenate([np.clip(texture[..., :3], 0, alpha), alpha], axis=2), left - 2, top - 2)
