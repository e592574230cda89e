"""The rules that one emoji must hold, judged from its decoded bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from popcon.catalog.target import Format, Target, Timing
from popcon.errors import PictureUnreadable
from popcon.imaging.arrays import Pixels
from services.packaging import apng_reader, gif_reader, webm_reader, webp_reader
from services.packaging.breach import Breach

# Greyscale types are refused by platforms that ask for RGB, and the others carry no alpha of their own.
COLOUR_TYPES = (3, 6)
_WITHOUT_ALPHA = (0, 2)
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
    names_transparency: bool = True
    tracks: int = 1


def check_emoji(data: bytes, target: Target, file: str = "") -> list[Breach]:
    """Every rule of a target that an emoji breaks, found by decoding it; `file` is its name in the pack."""
    found: list[Finding] = []
    if len(data) > target.file_max_bytes:
        found.append(("file_too_large", f"It has {len(data)} bytes; at most {target.file_max_bytes} are allowed."))
    try:
        moving = read_moving(data, target.format)
        found += _structure(moving, target)
        if target.sizes.takes(moving.canvas):  # of another size it is not decoded
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


def _read_gif(data: bytes) -> Moving:
    gif = gif_reader.read(data)
    return Moving(
        (gif.width, gif.height),
        tuple(frame.delay for frame in gif.frames),
        gif.plays,
        gif_reader.compose(gif),
        animated=len(gif.frames) > 1,
        names_transparency=gif.frames[0].transparent is not None,
    )


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
    Format.GIF: _read_gif,
    Format.PNG: _read_apng,
    Format.WEBM: _read_webm,
}


def colour_type_finding(colour_type: int) -> Iterator[Finding]:
    """The finding about a PNG colour type that platforms refuse, if it is one."""
    if colour_type not in COLOUR_TYPES:
        name = _COLOUR_TYPE_NAMES.get(colour_type, f"type {colour_type}")
        yield "colour_type", f"Its colours are stored as {name}; store them as RGBA or with a palette."


def _structure(moving: Moving, target: Target) -> Iterator[Finding]:
    still = target.format is Format.PNG
    if moving.animated is still:
        yield (
            ("animated", "It is animated; a still picture is wanted.")
            if still
            else ("not_animated", "It is a still picture; an animation is wanted.")
        )
        return
    if not target.sizes.takes(moving.canvas):
        yield "canvas", f"It is {_size(moving.canvas)} pixels; {target.sizes} are wanted."
    yield from colour_type_finding(moving.colour_type)
    if not still:
        yield from _movement(moving, target)


def _movement(moving: Moving, target: Target) -> Iterator[Finding]:
    if moving.hidden_default:
        yield "hidden_default", "Its default image is not part of the animation; make it the first frame."
    if not moving.names_transparency and target.matte is None:
        yield "no_transparent_colour", "Its first frame names no transparent colour; viewers fill its background."
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
    else:
        yield from _plays(moving, seconds, timing)


def _plays(moving: Moving, seconds: Fraction, timing: Timing) -> Iterator[Finding]:
    """How often it plays, where one play lasts as long as it may."""
    if timing.plays_seconds is None:
        if moving.plays != 0:
            yield "plays", f"It plays {moving.plays} times; it should play for ever."
    elif moving.plays == 0:
        yield "plays", f"It plays for ever; it must end within {timing.plays_seconds} s."
    elif moving.plays * seconds > timing.plays_seconds:
        total = float(moving.plays * seconds)
        yield "play_time", f"All its plays last {total:.6g} s; at most {timing.plays_seconds} s are allowed."


def _pixels(moving: Moving, target: Target) -> Iterator[Finding]:
    shown, filled, cornered, first_empty, holed = set[bytes](), False, False, False, False
    for number, frame in enumerate(islice(moving.seen, target.timing.frames[1])):
        alpha = frame[..., 3]
        art = alpha > 0 if target.matte is None else (frame[..., :3] != target.matte).any(axis=2)
        shown.add(frame.tobytes())
        filled |= bool(art.all())
        cornered |= bool((art & (alpha == 255))[:: art.shape[0] - 1, :: art.shape[1] - 1].any())
        holed |= not alpha.all()
        first_empty |= number == 0 and not art.any()
    if first_empty:
        yield "first_frame_empty", "Its first frame shows nothing; it is the still picture and must carry the meaning."
    wanted = target.timing.distinct_min
    # Of too few frames it is known already that too few differ.
    if moving.animated and len(shown) < wanted <= len(moving.delays):
        yield "distinct_frames", f"It has {len(shown)} frames that differ; at least {wanted} are wanted."
    if target.matte is not None:
        yield from _on_matte(cornered, holed)
        return
    if moving.colour_type in _WITHOUT_ALPHA:
        return
    if filled:
        yield "no_transparency", "One of its frames has no transparent pixel; the background must be transparent."
    elif cornered:
        yield "opaque_corner", "One of its frames has an opaque corner; the background must be transparent."


def _on_matte(cornered: bool, holed: bool) -> Iterator[Finding]:
    if holed:
        yield "see_through", "One of its frames has a transparent pixel; put it on the background that is asked for."
    if cornered:
        yield "background", "One of its frames has a corner of another colour than the background that is asked for."


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
