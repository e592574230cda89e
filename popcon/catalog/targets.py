"""The targets: what each chat platform accepts, as data. Adding a platform of a known format is adding one entry.

A kilobyte is 1000 bytes, the stricter reading, wherever a platform does not say which it means.
"""

import difflib
from dataclasses import dataclass

from popcon.errors import UnknownTarget


@dataclass(frozen=True)
class Target:
    """The pack format of one platform. Sizes in pixels are (width, height); bounds are (least, most), both allowed.

    `indexed`: emoji are stored with a palette; False stores the same colours as truecolour, at about half as many bytes
    again, for a platform that refuses palettes. `plays_seconds`: the most that all plays together may last; None plays
    for ever. `seconds`: lengths of one play that are allowed; none allows any. `distinct_min`: frames that must differ.
    """

    id: str
    label: str
    media_type: str
    canvas: tuple[int, int]
    margin: int
    frames: tuple[int, int]
    distinct_min: int
    seconds: tuple[int, ...]
    plays_seconds: int | None
    file_max_bytes: int
    set_size: tuple[int, int]
    file_pattern: str
    tab_name: str
    tab_size: tuple[int, int]
    zip_max_bytes: int
    indexed: bool
    source: str
    checked: str

    def file_name(self, number: int) -> str:
        """Name of the emoji at a place of the set, counted from 1."""
        return self.file_pattern.format(number=number)


_ALL = (
    Target(
        id="line-emoji",
        label="LINE animated emoji",
        media_type="image/apng",
        canvas=(180, 180),
        margin=4,
        frames=(5, 20),
        distinct_min=5,
        seconds=(1, 2, 3, 4),
        plays_seconds=4,
        file_max_bytes=300_000,
        set_size=(8, 40),
        file_pattern="{number:03d}.png",
        tab_name="tab.png",
        tab_size=(96, 74),
        zip_max_bytes=19_999_999,  # the platform says "under 20 MB"
        indexed=True,
        source="https://creator.line.me/en/guideline/animationemoji/",
        checked="2026-11-22",
    ),
    Target(
        id="web",
        label="Web page",
        media_type="image/webp",
        canvas=(320, 320),
        margin=6,
        frames=(2, 60),
        distinct_min=2,
        seconds=(),
        plays_seconds=None,
        file_max_bytes=500_000,
        set_size=(1, 40),
        file_pattern="{number:03d}.webp",
        tab_name="poster.png",
        tab_size=(320, 320),
        zip_max_bytes=40_000_000,
        indexed=False,
        source="https://developers.google.com/speed/webp/docs/riff_container",
        checked="2026-11-22",
    ),
)

TARGETS: dict[str, Target] = {target.id: target for target in _ALL}


def find(target_id: str) -> Target:
    """The target with an id. Raises `UnknownTarget`, which names what was probably meant."""
    if target_id in TARGETS:
        return TARGETS[target_id]
    near = difflib.get_close_matches(target_id.lower(), TARGETS, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(TARGETS)}."
    raise UnknownTarget(f'There is no target "{target_id[:80]}"; {hint}', field="target")
