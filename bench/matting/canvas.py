"""Pieces of a picture with true alpha: drawn by SVG, turned, blurred and laid over each other."""

import io
from dataclasses import dataclass, replace

import cv2
import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from bench.matting.case import Plane

UNITS = 100  # the side of the box that every drawing lives in
ROOM = 1.3  # of the box: what is drawn, so that outlines and turned corners are not cut

Rgba = NDArray[np.float32]


@dataclass(frozen=True)
class Patch:
    """`rgba`: hxwx4 float32 0..1, colours multiplied by alpha. `left`, `top`: its place, may lie outside the frame."""

    rgba: Rgba
    left: int = 0
    top: int = 0

    def at(self, left: int, top: int) -> "Patch":
        return replace(self, left=left, top=top)

    def centred(self, x: float, y: float) -> "Patch":
        height, width = self.rgba.shape[:2]
        return self.at(round(x - width / 2), round(y - height / 2))

    def faded(self, opacity: float) -> "Patch":
        return self if opacity == 1.0 else replace(self, rgba=self.rgba * np.float32(opacity))

    def blurred(self, sigma: float) -> "Patch":
        """The same place, with room for what the blur spreads."""
        if sigma < 0.2:
            return self
        room = int(np.ceil(3 * sigma))
        wide = cv2.copyMakeBorder(self.rgba, room, room, room, room, cv2.BORDER_CONSTANT, value=0)
        return Patch(np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma), np.float32), self.left - room, self.top - room)

    def trimmed(self) -> "Patch":
        """Without the empty rows and columns around it."""
        seen = self.rgba[..., 3] > 0.002
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        if not len(rows):
            return Patch(self.rgba[:0, :0], self.left, self.top)
        inside = self.rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return Patch(inside, self.left + int(columns[0]), self.top + int(rows[0]))

    def within(self, height: int, width: int) -> tuple[tuple[slice, slice], Rgba]:
        """Where it lies in a frame, and the part of it that does."""
        tall, wide = self.rgba.shape[:2]
        top, left = max(0, self.top), max(0, self.left)
        bottom, right = max(top, min(height, self.top + tall)), max(left, min(width, self.left + wide))
        part = self.rgba[top - self.top : bottom - self.top, left - self.left : right - self.left]
        return (slice(top, top + part.shape[0]), slice(left, left + part.shape[1])), part

    def plane(self, height: int, width: int) -> Plane:
        """Its alpha in the frame: HxW float32."""
        out = np.zeros((height, width), np.float32)
        place, part = self.within(height, width)
        out[place] = part[..., 3]
        return out


def draw(body: str, size: float, angle: float = 0.0, stretch: float = 1.0, lean: float = 0.0) -> Patch:
    """The shapes of an SVG body, in a box of 100 units that becomes `size` pixels wide and `size * stretch` high.

    `angle` in degrees, clockwise; `lean` in degrees, as a skew. The patch is trimmed, its place relative to the centre
    of the box.
    """
    width, height = max(4, round(size * ROOM)), max(4, round(size * ROOM * stretch))
    room = UNITS * (ROOM - 1) / 2
    turn = f"rotate({angle:.3f} 50 50) translate(50 50) skewX({lean:.3f}) translate(-50 -50)"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-room} {-room} {UNITS * ROOM} {UNITS * ROOM}" '
        f'preserveAspectRatio="none" width="{width}" height="{height}"><g transform="{turn}">{body}</g></svg>'
    )
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))
    rgba = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), np.float32) / np.float32(255.0)
    rgba[..., :3] *= rgba[..., 3:]
    return Patch(rgba, -(width // 2), -(height // 2)).trimmed()


def warped(rgba: Rgba, size: float, angle: float = 0.0, stretch: float = 1.0) -> Patch:
    """A picture (premultiplied) scaled so that its box becomes `size` pixels wide, and turned; place as in `draw`."""
    tall, wide = rgba.shape[:2]
    width, height = max(2, round(size)), max(2, round(size * stretch * tall / wide))
    way = cv2.INTER_AREA if width < wide else cv2.INTER_CUBIC
    scaled = np.clip(cv2.resize(rgba, (width, height), interpolation=way), 0, 1)
    scaled[..., :3] = np.minimum(scaled[..., :3], scaled[..., 3:])
    reach = int(np.ceil(np.hypot(width, height))) + 2
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -angle, 1.0)
    turn[:, 2] += np.array([(reach - width) / 2, (reach - height) / 2])
    turned = cv2.warpAffine(scaled, turn, (reach, reach), flags=cv2.INTER_LINEAR) if angle else scaled
    return Patch(np.asarray(turned, np.float32), -(turned.shape[1] // 2), -(turned.shape[0] // 2)).trimmed()


def swayed(patch: Patch, x: float, y: float, scale: tuple[float, float], angle: float = 0.0) -> Patch:
    """The patch turned by `angle` degrees and scaled (across, down) around the foot of its middle, then shifted by a
    fraction of pixels (x, y): how a picture moves from frame to frame of a clip."""
    tall, wide = patch.rgba.shape[:2]
    tilt = abs(float(np.sin(np.deg2rad(angle)))) * tall
    room = 3 + int(np.ceil(0.5 * np.hypot(tall, wide) * max(0.0, max(scale) - 1.0) + tilt))
    foot = (wide / 2, float(tall))
    turn = cv2.getRotationMatrix2D(foot, -angle, 1.0) @ np.diag([*scale, 1.0])
    turn[:, 2] += np.array(foot) - turn @ np.array([*foot, 1.0])
    whole = (int(np.floor(x)), int(np.floor(y)))
    turn[:, 2] += np.array([room + x - whole[0], room + y - whole[1]])
    played = cv2.warpAffine(patch.rgba, turn, (wide + 2 * room, tall + 2 * room), flags=cv2.INTER_CUBIC)
    rgba = np.asarray(np.clip(played, 0, 1), np.float32)
    rgba[..., :3] = np.minimum(rgba[..., :3], rgba[..., 3:])
    return Patch(rgba, patch.left - room + whole[0], patch.top - room + whole[1])


def moved(patch: Patch, x: float, y: float) -> Patch:
    """A patch whose place is relative to a centre, laid with that centre at (x, y)."""
    return patch.at(patch.left + round(x), patch.top + round(y))
