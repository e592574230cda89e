"""The rules that the extra pictures of a set must hold, judged from their decoded bytes."""

from collections.abc import Iterator

from popcon.catalog.target import Extra, Format, Target
from popcon.errors import PictureUnreadable
from services.packaging import apng_reader
from services.packaging.breach import Breach
from services.packaging.emoji_rules import Finding, check_emoji, colour_type_finding


def check_extra(data: bytes, target: Target, extra: Extra) -> list[Breach]:
    """Every rule that an extra picture breaks; each is named after its role, e.g. `tab_canvas`."""
    if extra.format is not Format.PNG:
        found = [(breach.rule, breach.message) for breach in check_emoji(data, target.for_extra(extra))]
    else:
        found = list(_still(data, extra))
    return [Breach(f"{extra.role}_{rule}", extra.name, message) for rule, message in found]


def _still(data: bytes, extra: Extra) -> Iterator[Finding]:
    if len(data) > extra.file_max_bytes:
        yield "file_too_large", f"It has {len(data)} bytes; at most {extra.file_max_bytes} are allowed."
    try:
        picture = apng_reader.read(data)
        size, wanted = (picture.width, picture.height), extra.size
        if picture.animated:
            yield "animated", f"The {extra.role} image is animated; a still picture is wanted."
        if size != wanted:
            yield "canvas", f"It is {size[0]}x{size[1]} pixels; {wanted[0]}x{wanted[1]} are wanted."
        elif not next(apng_reader.compose(picture))[..., 3].any():
            yield "empty", f"The {extra.role} image shows nothing; choose another emoji for it."
        yield from colour_type_finding(picture.colour_type)
    except PictureUnreadable as error:
        yield f"damaged_{error.field}", error.message
