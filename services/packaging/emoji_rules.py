"""The rules that one emoji must hold, judged from its decoded bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from popcon.catalog.target import Format, Target, Timing
from popcon.errors import PictureUnreadable
from popcon.imaging.arrays import Pixels
from services.packaging import apng_reader, webm_reader, webp_reader
from services.packaging.breach import Breach

# Greyscale types are refused by platforms that ask for RGB, and the others carry no alpha of their own.
COLOUR_TYPES = (3, 6)
_COLOUR_TYPE_NAMES = {0: "greyscale", 2: "RGB without alpha", 4: "greyscale with alpha"}

Finding = tuple[str, str]


@dataclass(frozen=True)
class Moving:
    """What the rules look at, whatever the format. `seen`: the composed frames, decoded as they are asked for. `tracks`
    of video and sound, where a format has such."""

    canvas: tuple[int, int]
    delays: tuple[Fraction, ...]
    plays: int
    seen: Iterator[Pixels]
    colour_type: int = 6
    hidden_default: bool = False
    animated: bool = True
    tracks: int = 1


def check_emoji(data: bytes, target: Target, file: str = "") -> list[Breach]:
    """Every rule of a target that an emoji breaks, found by decoding it; `file` is its name in the pack."""
    found: list[Finding] = []
    if len(data) > target.file_max_bytes:
        found.append(("file_too_large", f"It has {len(data)} bytes; at most {target.file_max_bytes} are allowed."))
    try:
        moving = read_moving(data, target.format)
        found += _structure(moving, target)
        if target.sizes.takes(moving.canvas):
            found += _pixels(moving, target)
    except PictureUnreadable as error:
        found.append((f"damaged_{error.field}", error.message))
    return [Breach(rule, file, message) for rule, message in found]


def read_moving(data: bytes, file_format: Format) -> Moving:
    """An emoji of a format; pixels are decoded only as `seen` is consumed, so that the caller can bound them. Raises
    `PictureUnreadable`, also while `seen` is consumed."""
    return _READERS[file_format](data)


def _read_apng(data: bytes) -> Moving:
    apng = apng_reader.read(data)
    return Moving(
        (apng.width, apng.height),
        tuple(frame.delay for frame in apng.frames),
        apng.plays,
        apng_reader.compose(apng),
        apng.colour_type,
        apng.hidden_default,
        apng.animated,
    )


def _read_webp(data: bytes) -> Moving:
    webp = webp_reader.read(data)
    size = webp.width, webp.height
    return Moving(size, webp.delays, webp.plays, webp_reader.compose(webp), animated=bool(webp.delays))


def _read_webm(data: bytes) -> Moving:
    webm = webm_reader.read(data)
    return Moving(
        (webm.width, webm.height),
        webm.delays,
        0,  # it cannot say: players repeat it
        webm_reader.compose(webm),
        animated=len(webm.frames) > 1,
        tracks=webm.tracks,
    )


_READERS: dict[Format, Callable[[bytes], Moving]] = {
    Format.APNG: _read_apng,
    Format.WEBP: _read_webp,
    Format.WEBM: _read_webm,
}


def colour_type_finding(colour_type: int) -> Iterator[Finding]:
    """The finding about a PNG colour type that platforms refuse, if it is one."""
    if colour_type not in COLOUR_TYPES:
        name = _COLOUR_TYPE_NAMES.get(colour_type, f"type {colour_type}")
        yield "colour_type", f"Its colours are stored as {name}; store them as RGBA or with a palette."


def _structure(moving: Moving, target: Target) -> Iterator[Finding]:
    if not moving.animated:
        yield "not_animated", "It is a still picture; an animation is wanted."
        return
    if not target.sizes.takes(moving.canvas):
        yield "canvas", f"It is {_size(moving.canvas)} pixels; {target.sizes} are wanted."
    yield from colour_type_finding(moving.colour_type)
    if moving.hidden_default:
        yield "hidden_default", "Its default image is not part of the animation; make it the first frame."
    if moving.tracks > 1:
        yield "tracks", f"It has {moving.tracks} tracks; one of video and no sound are wanted."
    least, most = target.timing.frames
    if not least <= len(moving.delays) <= most:
        yield "frame_count", f"It has {len(moving.delays)} frames; {least} to {most} are wanted."
    yield from _timing(moving, target.timing)


def _timing(moving: Moving, timing: Timing) -> Iterator[Finding]:
    seconds = sum(moving.delays, Fraction(0))
    if not all(moving.delays):
        yield "zero_delay", "One of its frames is shown for 0 s; give every frame a delay."
    elif min(moving.delays) < timing.delay_min:
        found, wanted = float(min(moving.delays)), float(timing.delay_min)
        yield "short_delay", f"One of its frames is shown for {found:.4g} s; at least {wanted:.4g} s are wanted."
    if timing.seconds and seconds not in timing.seconds:
        allowed = ", ".join(map(str, timing.seconds))
        yield "duration", f"It plays for {float(seconds):.6g} s; exactly {allowed} s are allowed."
    elif timing.seconds_max and seconds > timing.seconds_max:
        yield "duration", f"It plays for {float(seconds):.6g} s; at most {timing.seconds_max} s are allowed."
    if timing.plays_seconds is None:
        if moving.plays != 0:
            yield "plays", f"It plays {moving.plays} times; it should play for ever."
    elif moving.plays == 0:
        yield "plays", f"It plays for ever; it must end within {timing.plays_seconds} s."
    elif moving.plays * seconds > timing.plays_seconds:
        total = float(moving.plays * seconds)
        yield "play_time", f"All its plays last {total:.6g} s; at most {timing.plays_seconds} s are allowed."


def _pixels(moving: Moving, target: Target) -> Iterator[Finding]:
    shown, filled, cornered, first_empty = set[bytes](), False, False, False
    for number, frame in enumerate(islice(moving.seen, target.timing.frames[1])):
        alpha = frame[..., 3]
        shown.add(frame.tobytes())
        filled |= bool(alpha.all())
        cornered |= bool((alpha[:: alpha.shape[0] - 1, :: alpha.shape[1] - 1] == 255).any())
        first_empty |= number == 0 and not alpha.any()
    if first_empty:
        yield "first_frame_empty", "Its first frame shows nothing; it is the still picture and must carry the meaning."
    if moving.animated and len(shown) < target.timing.distinct_min:
        yield (
            "distinct_frames",
            f"It has {len(shown)} frames that differ; at least {target.timing.distinct_min} are wanted.",
        )
    if filled:
        yield "no_transparency", "One of its frames has no transparent pixel; the background must be transparent."
    if cornered:
        yield "opaque_corner", "One of its frames has an opaque corner; the background must be transparent."


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
