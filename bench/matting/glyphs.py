"""Glyphs of Debian's fonts-noto-color-emoji, with their true alpha."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bench.matting.canvas import Rgba

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
_SIZE = 109  # the only size of its bitmaps


def available() -> bool:
    """Whether the font is installed; without it every drawing is an own one."""
    return FONT.is_file()


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), _SIZE)


@lru_cache(maxsize=256)
def glyph(text: str) -> Rgba:
    """The glyph, trimmed: hxwx4 float32 0..1, premultiplied, read-only; about 130 pixels wide."""
    picture = Image.new("RGBA", (160, 160))
    ImageDraw.Draw(picture).text((8, 8), text, font=_font(), embedded_color=True)
    box = picture.getchannel("A").getbbox()
    rgba = np.asarray(picture.crop(box), np.float32) / np.float32(255.0)
    rgba[..., :3] *= rgba[..., 3:]
    rgba.setflags(write=False)
    return rgba
