"""What others make of the same frames under the same limit: Pillow as it is, libimagequant and sticker-convert.

The last two are no part of popcon: libimagequant is GPL, and they are installed only to be measured, by
`pip install "popcon[peers]"`. Without them the table has fewer rows.
"""

import importlib.util
import io
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from popcon.catalog.target import Format, Target
from services.packaging import apng, gif, webp

Frames = NDArray[np.uint8]
Encode = Callable[[Frames, Fraction, int], bytes | None]
"""Frames, seconds of each and the most bytes; None where the peer gives up."""


def of(target: Target) -> dict[str, Encode]:
    """The peers that are installed and know the target's format, by what the table calls them."""
    found = dict(_PILLOW[target.format])
    if importlib.util.find_spec("imagequant") and target.format is not Format.WEBM:
        found["libimagequant, 256 colours shared"] = _imagequant(target)
    if importlib.util.find_spec("sticker_convert"):
        found["sticker-convert, 17 steps"] = _sticker_convert(
            ".apng" if target.format is Format.APNG else target.format.suffix
        )
    return found


def _pillow(kind: str, colours: int = 0, **options: object) -> Encode:
    def encode(frames: Frames, delay: Fraction, _limit: int) -> bytes:
        images = [Image.fromarray(frame) for frame in frames]
        if colours:
            images = [image.quantize(colours, Image.Quantize.FASTOCTREE) for image in images]
        out = io.BytesIO()
        images[0].save(
            out, kind, save_all=True, append_images=images[1:], duration=float(delay * 1000), loop=0, **options
        )
        return out.getvalue()

    return encode


def _pillow_webp(**options: object) -> Encode:
    def encode(frames: Frames, delay: Fraction, limit: int) -> bytes:
        return _pillow("WEBP", **options)(frames, Fraction(round(delay * 1000), 1000), limit)

    return encode


_PILLOW: dict[Format, dict[str, Encode]] = {
    Format.APNG: {
        "Pillow as it is": _pillow("PNG"),
        "Pillow, 256 colours a frame": _pillow("PNG", colours=256),
    },
    Format.WEBP: {
        "Pillow, lossless": _pillow_webp(lossless=True),
        "Pillow as it is": _pillow_webp(),
        "Pillow, quality 90": _pillow_webp(quality=90),
    },
    Format.GIF: {"Pillow as it is": _pillow("GIF", disposal=2)},
    Format.WEBM: {},
}


def _imagequant(target: Target) -> Encode:
    """Its palette over all frames, no dither, written by our writer, so that only the colours differ."""
    import imagequant

    gif_entry = int(target.format is Format.GIF)

    def encode(frames: Frames, delay: Fraction, _limit: int) -> bytes:
        if target.format is Format.GIF:
            frames = gif.harden(frames, target.matte)
        count, height, width = frames.shape[:3]
        pixels, flat = imagequant.quantize_raw_rgba_bytes(
            frames.tobytes(), width, count * height, dithering_level=0.0, max_colors=256 - gif_entry
        )
        palette = np.array(flat, np.uint8).reshape(-1, 4)[: 256 - gif_entry]
        indices = np.frombuffer(pixels, np.uint8).reshape(count, height, width)
        if target.format is Format.GIF:
            # The writer's first entry is what is not there.
            shown = np.where(frames[..., 3] > 0, indices + np.uint8(1), np.uint8(0))
            return gif.write_gif(shown, np.vstack([np.zeros((1, 4), np.uint8), palette]), [delay] * count, target.matte)
        if target.format is Format.WEBP:
            return webp.write_webp(palette[indices], [delay] * count, 0)
        return apng.write_apng(indices, [delay] * count, 0, palette)

    return encode


def _sticker_convert(suffix: str) -> Encode:
    """As its own presets have it, at the size and speed of the frames: quality 10 to 95, 32 to 257 colours."""
    from sticker_convert.converter import StickerConvert
    from sticker_convert.job_option import CompOption

    class Silent:
        def put(self, _message: object) -> None: ...

    def encode(frames: Frames, delay: Fraction, limit: int) -> bytes | None:
        (height, width), rate = frames.shape[1:3], round(1 / delay)
        options = CompOption(
            size_max_img=limit, size_max_vid=limit, format_img=(suffix,), format_vid=(suffix,), fps_min=rate,
            fps_max=rate, res_w_min=width, res_w_max=width, res_h_min=height, res_h_max=height, quality_min=10,
            quality_max=95, color_min=32, color_max=257, color_power=3.0, duration_min=0, duration_max=10_000,
            steps=16, quantize_method="imagequant", scale_filter="bicubic", fake_vid=False,
        )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="popcon-bench-") as folder:
            source = Path(folder) / "clip.webp"
            source.write_bytes(webp.write_webp(frames, [delay] * len(frames), 0))
            done, _, data, _ = StickerConvert.convert(source, Path(f"bytes{suffix}"), options, Silent(), None)
        return data if done and isinstance(data, bytes) else None

    return encode
