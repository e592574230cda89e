"""What a target is made of: the rules of a chat platform's pack format, as data.

Sizes in pixels are (width, height); bounds are (least, most), both allowed. Times are seconds, exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from popcon.catalog.naming import NameRule

Size = tuple[int, int]
Bounds = tuple[int, int]
Colour = tuple[int, int, int]
"""8-bit sRGB."""

PACK_JSON = "pack.json"
PREVIEW = "preview.html"
NOTES = (PACK_JSON, PREVIEW)
"""What popcon tells about a set, beside what the platform takes."""


class Format(StrEnum):
    """A file format of moving or still pictures."""

    APNG = "apng"
    WEBP = "webp"
    GIF = "gif"
    WEBM = "webm"
    PNG = "png"

    @property
    def media_type(self) -> str:
        """IANA media type."""
        return f"{'video' if self is Format.WEBM else 'image'}/{self.value}"

    @property
    def suffix(self) -> str:
        """How its file names end: an APNG is sent as a PNG."""
        return ".png" if self is Format.APNG else f".{self.value}"


@dataclass(frozen=True)
class Sizes:
    """Which canvases are taken. `long_side_min`: the longer side has at least so many pixels."""

    least: Size
    most: Size
    long_side_min: int = 0
    square: bool = False

    def takes(self, size: Size) -> bool:
        """Whether a canvas is one of them."""
        within = all(low <= side <= high for low, side, high in zip(self.least, size, self.most, strict=True))
        return within and max(size) >= self.long_side_min and (not self.square or size[0] == size[1])

    def __str__(self) -> str:
        if self.least == self.most:
            return f"{self.most[0]}x{self.most[1]}"
        long_side = f", one side at least {self.long_side_min}" if self.long_side_min else ""
        square = ", square" if self.square else ""
        return f"at most {self.most[0]}x{self.most[1]}{long_side}{square}"


@dataclass(frozen=True)
class Timing:
    """How an emoji moves. `distinct_min`: frames that must differ. `seconds`: lengths of one play that are allowed;
    none allows any, up to `seconds_max` (None: no end). `plays_seconds`: the most that all plays together may last;
    None plays for ever. `delay_min`: the shortest that a frame may be shown."""

    frames: Bounds
    distinct_min: int = 2
    seconds: tuple[int, ...] = ()
    seconds_max: int | None = None
    plays_seconds: int | None = None
    delay_min: Fraction = Fraction(1, 1000)


@dataclass(frozen=True)
class Extra:
    """A picture of the set beside its emoji, made from one of them: `name` is its file's, `role` what it is for."""

    name: str
    role: str
    format: Format
    size: Size
    file_max_bytes: int
    margin: int = 2


@dataclass(frozen=True)
class Stills:
    """Only the first emoji of a set move, `after` of them; the rest are transparent PNG stills."""

    after: int
    file_max_bytes: int


@dataclass(frozen=True)
class Target:
    """The pack format of one platform.

    `canvas`: what popcon makes; `sizes`: what the platform takes. `margin`: pixels around the art. `indexed`: APNG is
    stored with a palette; False stores the same colours as truecolour, at about half as many bytes again.
    `file_pattern`: file names of the emoji, by `suffix` of the format and `number` from 1, or by `name` where `names`
    says what names may be. `zip_is_upload`: the platform takes the zip itself, so nothing else may be in it; elsewhere
    `NOTES` are in it, too. `shown`: pixels at which a chat shows an emoji in a line of text (0: it never does) and by
    itself; preview pages draw it so. `matte`: the colour that moving emoji lie on; None where they are transparent.
    `smaller`: canvases of `sizes`, falling in size, that are made instead where the full one would look worse, because
    the platform shows an emoji at one size whatever its pixels are. `stills`: which of a set do not move; None where
    all do. `unverified`: what of this no page of the platform itself said when it was `checked`, in words; empty for
    nothing.
    """

    id: str
    label: str
    format: Format
    canvas: Size
    sizes: Sizes
    margin: int
    timing: Timing
    file_max_bytes: int
    set_size: Bounds
    file_pattern: str
    extras: tuple[Extra, ...]
    zip_max_bytes: int
    zip_is_upload: bool
    source: str
    checked: str
    unverified: str = ""
    indexed: bool = True
    smaller: tuple[Size, ...] = ()
    matte: Colour | None = None
    stills: Stills | None = None
    names: NameRule | None = None
    shown: tuple[int, int] = (0, 160)

    def file_name(self, number: int, *texts: str) -> str:
        """Name of the emoji at a place of the set, counted from 1; `texts` is what it may be named by, best first."""
        return self._file(number, self.names.best(texts, number) if self.names else "")

    def file_names(self, texts: Sequence[Sequence[str]]) -> list[str]:
        """Names of all emoji of a set in order, no two the same; for each the texts it may be named by."""
        if self.names is None:
            return [self.file_name(number) for number in range(1, len(texts) + 1)]
        taken, made = {extra.name.partition(".")[0] for extra in self.extras}, []
        for number, each in enumerate(texts, 1):
            name = self.names.free(self.names.best(each, number), taken)
            taken.add(name.lower())
            made.append(self._file(number, name))
        return made

    def _file(self, number: int, name: str) -> str:
        return self.file_pattern.format(number=number, name=name, suffix=self.at(number).format.suffix)

    def at(self, number: int) -> "Target":
        """The rules that the emoji at a place of the set holds, counted from 1."""
        if self.stills is None or number <= self.stills.after:
            return self
        return replace(
            self,
            format=Format.PNG,
            timing=Timing(frames=(1, 1), distinct_min=1),
            file_max_bytes=self.stills.file_max_bytes,
            matte=None,
        )

    def for_extra(self, extra: Extra) -> "Target":
        """The rules that one of its extra pictures holds, as if it were an emoji."""
        return replace(
            self,
            format=extra.format,
            canvas=extra.size,
            sizes=Sizes(extra.size, extra.size),
            margin=extra.margin,
            file_max_bytes=extra.file_max_bytes,
        )
