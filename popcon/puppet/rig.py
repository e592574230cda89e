"""Drawing the character in a pose: one smooth warp, sampled finer than the picture and averaged."""

from dataclasses import dataclass

import cv2
import numpy as np

from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import premultiply
from popcon.puppet.anatomy import FAINT
from popcon.puppet.pose import Body, Floats, Pose, sources

FINER = 2
CELL = 8


@dataclass(frozen=True)
class Camera:
    """Rest picture to output, pixels: `output = scale * picture + shift`."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0


class Rig:
    """The character as a texture that poses are drawn from."""

    def __init__(self, image: Pixels, body: Body) -> None:
        """`image`: HxWx4 uint8 straight RGBA."""
        self._body = body
        size = (image.shape[1] * FINER, image.shape[0] * FINER)
        visible = premultiply(image) * (image[..., 3:] > FAINT)
        texture = cv2.resize(visible, size, interpolation=cv2.INTER_CUBIC)
        alpha = np.clip(texture[..., 3:], 0, 255)
        # Cubics overshoot at edges; a colour above its alpha would shine.
        self._texture = np.concatenate([np.clip(texture[..., :3], 0, alpha), alpha], axis=2)

    def draw(self, pose: Pose, camera: Camera, side: int) -> Floats:
        """A square of `side` pixels, a multiple of 4: float32 premultiplied RGBA, 0..255."""
        x, y = self._map(pose, camera, side)
        fine = cv2.remap(self._texture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
        return np.asarray(cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA), np.float32)

    def _map(self, pose: Pose, camera: Camera, side: int) -> tuple[Floats, Floats]:
        """Texture coordinates of every fine pixel, from a coarse grid: the warp is smooth, so straight lines between
        its nodes are off by less than a twentieth of a pixel."""
        cells = side * FINER // CELL
        # One cell more on every side keeps the interpolation away from the grid's own border.
        centres = (np.arange(-1, cells + 1, dtype=np.float32) + np.float32(0.5)) * np.float32(CELL / FINER)
        x, y = np.meshgrid((centres - camera.x) / camera.scale, (centres - camera.y) / camera.scale)
        grids = sources(pose, self._body, x.astype(np.float32), y.astype(np.float32))
        full = ((cells + 2) * CELL, (cells + 2) * CELL)
        inner = slice(CELL, -CELL)
        fine = [cv2.resize(grid * FINER - 0.5, full, interpolation=cv2.INTER_LINEAR)[inner, inner] for grid in grids]
        return np.ascontiguousarray(fine[0], np.float32), np.ascontiguousarray(fine[1], np.float32)
