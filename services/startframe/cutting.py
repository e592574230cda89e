"""From the bytes of a picture to everything that is kept of it: its character, large and small."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from popcon.catalog import limits
from popcon.errors import InvalidRequest, PictureBlank
from popcon.imaging.arrays import Box, Pixels
from popcon.imaging.cutout import CutOut, cut_out, cut_out_within
from popcon.imaging.decode import decode_picture, sniff_media_type
from popcon.imaging.png import encode_png
from popcon.imaging.resize import resize_rgba

THUMBNAIL_SIDE = 256


@dataclass(frozen=True)
class Cut:
    """`width` and `height` are the whole picture's, in pixels; `cutout` and `thumbnail` are PNG files."""

    width: int
    height: int
    media_type: str
    box: Box
    background: str
    cutout: bytes
    thumbnail: bytes

    def to_bytes(self) -> bytes:
        """All of it, for `from_bytes`: a line of JSON, then the files."""
        told = asdict(self) | {"cutout": len(self.cutout), "thumbnail": len(self.thumbnail)}
        return json.dumps(told).encode() + b"\n" + self.cutout + self.thumbnail

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` made. Raises `ValueError` for anything else."""
        head, _, files = data.partition(b"\n")
        told = json.loads(head)
        left, top, right, bottom = map(int, told["box"])
        at = int(told["cutout"])
        if at + int(told["thumbnail"]) != len(files):
            raise ValueError("the files are not as long as was told")
        return cls(
            width=int(told["width"]),
            height=int(told["height"]),
            media_type=str(told["media_type"]),
            box=(left, top, right, bottom),
            background=str(told["background"]),
            cutout=files[:at],
            thumbnail=files[at:],
        )


def cut(data: bytes, within: Box | None = None) -> Cut:
    """Reads a picture file and finds the character in it, or in a part of it. Raises what `decode_picture` and
    `cut_out` raise, and `InvalidRequest` for a part that does not lie in the picture or is too small."""
    rgba = decode_picture(data)
    height, width = rgba.shape[:2]
    found = cut_out(rgba) if within is None else _within(rgba, _checked(within, width, height))
    small = resize_rgba(found.image, _thumbnail_size(found.image))
    return Cut(
        width=width,
        height=height,
        media_type=sniff_media_type(data),
        box=found.box,
        background=found.background,
        cutout=encode_png(found.image),
        thumbnail=encode_png(small),
    )


def cut_to_bytes(data: bytes, within: Box | None) -> bytes:
    """`cut`, as what a process of the jail answers."""
    return cut(data, within).to_bytes()


def _checked(box: Box, width: int, height: int) -> Box:
    left, top, right, bottom = box
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise InvalidRequest(
            f"The box does not lie in the picture, which has {width}x{height} pixels; draw it inside.", field="box"
        )
    least = limits.PICTURE_MIN_SIDE
    if min(right - left, bottom - top) < least:
        raise InvalidRequest(f"The box is too small; draw one with sides of {least} pixels or more.", field="box")
    return box


def _within(rgba: Pixels, box: Box) -> CutOut:
    try:
        return cut_out_within(rgba, box)
    except PictureBlank:
        raise PictureBlank("Nothing can be seen in the box; draw it around the character.", field="box") from None


def _thumbnail_size(image: Pixels) -> tuple[int, int]:
    height, width = image.shape[:2]
    scale = min(1.0, THUMBNAIL_SIDE / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))
