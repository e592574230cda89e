import contextlib
import io
import resource
import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from popcon.catalog import limits
from popcon.errors import PictureTooLarge, PictureUnreadable, PopconError, UnsupportedMedia
from popcon.imaging.decode import decode_picture, sniff_media_type

FORMATS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}


def corners() -> Image.Image:
    """40x24, white, with a red, green, blue and black corner from the top left clockwise."""
    image = Image.new("RGB", (40, 24), "white")
    image.paste((255, 0, 0), (0, 0, 16, 8))
    image.paste((0, 255, 0), (24, 0, 40, 8))
    image.paste((0, 0, 255), (24, 16, 40, 24))
    image.paste((0, 0, 0), (0, 16, 16, 24))
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    quality = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}.get(kind, {})
    image.save(out, kind, **(quality | options))
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A valid PNG of a few bytes that claims a size; its pixel data is far too short."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(4096))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def near(pixels: np.ndarray, expected: Image.Image, tolerance: int) -> bool:
    return bool(np.abs(pixels.astype(int) - np.asarray(expected.convert("RGBA"))).max() <= tolerance)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_sniffed_and_read(kind: str) -> None:
    data = saved(corners(), kind)
    assert sniff_media_type(data) == FORMATS[kind]
    pixels = decode_picture(data)
    assert (pixels.shape, pixels.dtype) == ((24, 40, 4), np.uint8)
    assert pixels[2, 2, :2].tolist() == pytest.approx([255, 0], abs=8)
    assert near(pixels[::23, ::39], corners().resize((2, 2), Image.Resampling.NEAREST), 12)


def test_the_formats_are_those_that_are_promised() -> None:
    assert sorted(FORMATS.values()) == sorted(limits.MEDIA_TYPES)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that undoes each orientation's own
    stored = corners() if orientation == 1 else corners().transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert near(decode_picture(saved(stored, kind, exif=exif))[1::22, 1::38], corners().resize((2, 2), 0), 16)


def test_damaged_exif_does_not_make_a_picture_unreadable() -> None:
    data = saved(corners(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff\x00")
    assert decode_picture(data).shape == (24, 40, 4)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_pixel_is_read(mode: str) -> None:
    grey = np.linspace(0, 255, 32 * 32).reshape(32, 32)
    image = Image.fromarray((grey * 257).astype(np.uint16) if mode == "I;16" else grey.astype(np.uint8))
    expected = image.convert(mode).convert("RGBA") if mode != "I;16" else Image.fromarray(grey.round().astype(np.uint8))
    assert near(decode_picture(saved(image if mode == "I;16" else image.convert(mode), "PNG")), expected, 1)


@pytest.mark.parametrize("mode", ["CMYK", "I;16", "F", "I", "LAB", "YCbCr"])
def test_rare_tiff_pixels_are_read(mode: str) -> None:
    image = Image.new(mode, (20, 20))
    assert decode_picture(saved(image, "TIFF")).shape == (20, 20, 4)


def test_cmyk_jpeg_keeps_its_colours() -> None:
    pixels = decode_picture(saved(Image.new("RGB", (20, 20), (200, 40, 90)).convert("CMYK"), "JPEG"))
    assert pixels[10, 10].tolist() == pytest.approx([200, 40, 90, 255], abs=4)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_transparency_is_kept_and_hides_no_colour(kind: str) -> None:
    image = corners().convert("RGBA")
    image.paste((9, 8, 7, 0), (10, 10, 30, 14))
    pixels = decode_picture(saved(image, kind, **({"exact": True} if kind == "WEBP" else {})))
    assert pixels[12, 20].tolist() == [0, 0, 0, 0]
    assert pixels[2, 2].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize(("mode", "hidden"), [("L", 200), ("RGB", (200, 200, 200)), ("P", 200)])
def test_a_colour_that_stands_for_transparent_is_transparent(mode: str, hidden: object) -> None:
    image = Image.new("L", (20, 20), 200)
    image.paste(50, (5, 5, 15, 15))
    if mode == "P":
        image.putpalette([value for value in range(256) for _ in range(3)])
    pixels = decode_picture(saved(image.convert(mode), "PNG", transparency=hidden))
    assert pixels[0, 0].tolist() == [0, 0, 0, 0]
    assert pixels[10, 10].tolist() == [50, 50, 50, 255]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert decode_picture(data)[5, 5].tolist() == [255, 0, 0, 255]


def swapped_profile() -> bytes:
    """An RGB profile whose red and green primaries are exchanged: pure red in it is about pure green in sRGB."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for start in range(132, 132 + 12 * struct.unpack(">I", data[128:132])[0], 12):
        tag = bytes(data[start : start + 4])
        if tag in (b"rXYZ", b"gXYZ"):
            data[start : start + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}[tag]
        if tag == b"desc":
            offset = struct.unpack(">I", data[start + 4 : start + 8])[0]
            position = data.find("sRGB".encode("utf-16-be"), offset)
            data[position : position + 8] = "swap".encode("utf-16-be")
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_an_embedded_profile_is_brought_to_srgb(kind: str) -> None:
    pixels = decode_picture(saved(Image.new("RGB", (20, 20), "red"), kind, icc_profile=swapped_profile()))
    assert pixels[10, 10].tolist() == pytest.approx([0, 255, 0, 255], abs=6)


def test_a_profile_keeps_alpha_and_a_broken_one_is_ignored() -> None:
    image = Image.new("RGBA", (20, 20), (255, 0, 0, 99))
    assert decode_picture(saved(image, "PNG", icc_profile=swapped_profile()))[3, 3].tolist() == [0, 255, 0, 99]
    assert decode_picture(saved(image, "PNG", icc_profile=b"nonsense"))[3, 3].tolist() == [255, 0, 0, 99]


def test_an_empty_file_is_unreadable() -> None:
    with pytest.raises(PictureUnreadable, match="0 bytes"):
        decode_picture(b"")


@pytest.mark.parametrize("data", [b"hello, I am a text file\n" * 40, b"\x00" * 100, b"%PDF-1.7\n", b"<svg/>"])
def test_other_files_are_unsupported(data: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match="send a PNG"):
        decode_picture(data)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_cut_in_half_is_unreadable(kind: str) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), kind)
    with pytest.raises(PictureUnreadable, match="send the new file"):
        decode_picture(data[: len(data) // 2])


def test_a_file_over_the_byte_limit_is_refused_unread() -> None:
    with pytest.raises(PictureTooLarge, match="bytes"):
        decode_picture(b"\x89PNG\r\n\x1a\n" + bytes(limits.PICTURE_MAX_BYTES))


@pytest.mark.parametrize("size", [(30_000, 30_000), (12_001, 16), (11_000, 11_000), (2**31 - 1, 2**31 - 1)])
def test_a_small_file_that_claims_many_pixels_is_refused_at_once(size: tuple[int, int]) -> None:
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(PictureTooLarge, match="send a smaller one"):
        decode_picture(png_header(*size))
    assert time.monotonic() - started < 0.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB


def test_other_formats_that_claim_many_pixels_are_refused_at_once() -> None:
    webp = saved(
        Image.new("RGBA", (20, 20)), "WEBP", lossless=False, exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"
    )
    assert webp[12:16] == b"VP8X"
    gif, bmp = bytearray(saved(corners(), "GIF")), bytearray(saved(corners(), "BMP"))
    gif[6:10], bmp[18:26] = b"\xff\xff\xff\xff", struct.pack("<ii", 30_000, 30_000)
    claims = webp[:24] + b"\xfe\x3f\x00\xfe\x3f\x00" + webp[30:]
    for data in (bytes(gif), bytes(bmp), claims):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises((PictureTooLarge, PictureUnreadable)):
            decode_picture(data)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # KiB


def test_a_picture_of_a_few_pixels_is_refused() -> None:
    with pytest.raises(PictureUnreadable, match="15x40"):
        decode_picture(saved(Image.new("RGB", (15, 40)), "PNG"))


@given(st.sampled_from(sorted(FORMATS)), st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_damaged_bytes_never_raise_anything_but_our_errors(kind: str, seed: int, hits: int) -> None:
    data = bytearray(saved(corners(), kind))
    random = np.random.default_rng(seed)
    for position in random.integers(4, len(data), hits):
        data[position] = random.integers(256)
    with contextlib.suppress(PopconError):
        assert decode_picture(bytes(data)).shape[2] == 4
