"""The elements that a WebM is made of: EBML, RFC 8794."""

from collections.abc import Iterator

from popcon.errors import PictureUnreadable

_ID_BYTES, _SIZE_BYTES = 4, 8

Element = tuple[int, bytes]
"""Id with its marker bits, and body; that of an element whose children follow is empty."""


def walk(data: bytes, entered: frozenset[int]) -> Iterator[Element]:
    """Every element in order; for those `entered`, their children follow. An unknown size ends where its children do.
    Raises `PictureUnreadable` with field `elements` at the first that is not whole."""
    at = last = 0
    while at < len(data):
        kind, after = _prefixed(data, at, _ID_BYTES)
        marked, begin = _prefixed(data, after, _SIZE_BYTES)
        marker = 1 << 7 * (begin - after)
        end, unknown = begin + marked - marker, marked == 2 * marker - 1
        if kind in entered:
            yield kind, b""
            at, last = begin, last if unknown else max(last, end)
        elif end <= len(data):
            yield kind, data[begin:end]
            at = end
        else:
            raise _damaged()
    if last > len(data):
        raise _damaged()


def number(body: bytes) -> int:
    """An unsigned integer; an empty body is 0."""
    return int.from_bytes(body[:8], "big")


def tagged(body: bytes) -> tuple[int, bytes]:
    """A number of variable length at the beginning of a body, and what follows it. Raises as `walk` does."""
    value, end = _prefixed(body, 0, _SIZE_BYTES)
    return value - (1 << 7 * end), body[end:]


def _prefixed(data: bytes, at: int, longest: int) -> tuple[int, int]:
    """A number whose first byte tells its length, its marker bit kept, and where it ends."""
    length = _length(data[at]) if at < len(data) else longest + 1
    if length > longest or at + length > len(data):
        raise _damaged()
    return int.from_bytes(data[at : at + length], "big"), at + length


def _length(first: int) -> int:
    return 9 - first.bit_length()


def _damaged() -> PictureUnreadable:
    return PictureUnreadable("The WebM ends inside an element, or is damaged; make it again.", field="elements")
