"""The targets: what each chat platform accepts. Adding a platform of a known format is adding one entry.

A kilobyte is 1000 bytes, the stricter reading, wherever a platform does not say which it means.
"""

import difflib
from fractions import Fraction

from popcon.catalog.target import Extra, Format, Size, Sizes, Target, Timing
from popcon.errors import UnknownTarget


def _exactly(size: Size) -> Sizes:
    return Sizes(size, size)


_WHOLE_SECONDS = (1, 2, 3, 4)
_LINE_TAB = Extra("tab.png", "tab", Format.PNG, (96, 74), 300_000)
_LINE_ZIP_MAX_BYTES = 19_999_999  # the platform says "under 20 MB"

_ALL = (
    Target(
        id="line-emoji",
        label="LINE animated emoji",
        format=Format.APNG,
        canvas=(180, 180),
        sizes=_exactly((180, 180)),
        margin=4,
        timing=Timing(frames=(5, 20), distinct_min=5, seconds=_WHOLE_SECONDS, plays_seconds=4),
        file_max_bytes=300_000,
        set_size=(8, 40),
        file_pattern="{number:03d}.png",
        extras=(_LINE_TAB,),
        zip_max_bytes=_LINE_ZIP_MAX_BYTES,
        zip_is_upload=True,
        source="https://creator.line.me/en/guideline/animationemoji/",
        checked="2026-11-22",
        unverified="the 300 kB of a file and the names of the files",
    ),
    Target(
        id="line-sticker",
        label="LINE animated sticker",
        format=Format.APNG,
        canvas=(320, 270),
        sizes=Sizes((1, 1), (320, 270), long_side_min=270),
        margin=5,
        timing=Timing(frames=(5, 20), distinct_min=5, seconds=_WHOLE_SECONDS, plays_seconds=4),
        file_max_bytes=300_000,
        set_size=(8, 24),
        file_pattern="{number:02d}.png",
        extras=(Extra("main.png", "main", Format.APNG, (240, 240), 300_000, margin=4), _LINE_TAB),
        zip_max_bytes=_LINE_ZIP_MAX_BYTES,
        zip_is_upload=True,
        source="https://creator.line.me/en/guideline/animationsticker/",
        checked="2026-11-22",
        unverified="that a play lasts whole seconds and the names of the files",
    ),
    Target(
        id="telegram-sticker",
        label="Telegram video sticker",
        format=Format.WEBM,
        canvas=(512, 512),
        sizes=Sizes((1, 1), (512, 512), long_side_min=512),
        margin=8,
        timing=Timing(frames=(2, 90), seconds_max=3, delay_min=Fraction(1, 30)),
        file_max_bytes=256_000,
        set_size=(1, 40),
        file_pattern="{number:03d}.webm",
        extras=(Extra("icon.webm", "icon", Format.WEBM, (100, 100), 32_000),),
        zip_max_bytes=40_000_000,
        zip_is_upload=False,
        source="https://core.telegram.org/stickers",
        checked="2026-11-22",
        unverified="the icon",
    ),
    Target(
        id="telegram-emoji",
        label="Telegram video emoji",
        format=Format.WEBM,
        canvas=(100, 100),
        sizes=_exactly((100, 100)),
        margin=2,
        timing=Timing(frames=(2, 90), seconds_max=3, delay_min=Fraction(1, 30)),
        file_max_bytes=256_000,
        set_size=(1, 40),
        file_pattern="{number:03d}.webm",
        extras=(Extra("icon.webm", "icon", Format.WEBM, (100, 100), 32_000),),
        zip_max_bytes=40_000_000,
        zip_is_upload=False,
        source="https://core.telegram.org/stickers",
        checked="2026-11-22",
        unverified="the icon",
    ),
    Target(
        id="discord-emoji",
        label="Discord emoji",
        format=Format.WEBP,
        canvas=(128, 128),
        sizes=_exactly((128, 128)),
        margin=2,
        timing=Timing(frames=(2, 60)),
        file_max_bytes=256_000,
        set_size=(1, 40),
        file_pattern="{number:02d}.webp",
        extras=(),
        zip_max_bytes=20_000_000,
        zip_is_upload=False,
        source="https://docs.discord.com/developers/resources/emoji",
        checked="2026-11-22",
    ),
    Target(
        id="discord-sticker",
        label="Discord sticker",
        format=Format.APNG,
        canvas=(320, 320),
        sizes=_exactly((320, 320)),
        margin=5,
        timing=Timing(frames=(2, 60), seconds_max=5),
        file_max_bytes=512_000,
        set_size=(1, 40),
        file_pattern="{number:02d}.png",
        extras=(),
        zip_max_bytes=40_000_000,
        zip_is_upload=False,
        source="https://docs.discord.com/developers/resources/sticker",
        checked="2026-11-22",
    ),
    Target(
        id="whatsapp",
        label="WhatsApp animated sticker",
        format=Format.WEBP,
        canvas=(512, 512),
        sizes=_exactly((512, 512)),
        margin=16,
        timing=Timing(frames=(2, 60), seconds_max=10, delay_min=Fraction(8, 1000)),
        file_max_bytes=500_000,
        set_size=(3, 30),
        file_pattern="{number:02d}.webp",
        extras=(Extra("tray.png", "tray", Format.PNG, (96, 96), 50_000),),
        zip_max_bytes=20_000_000,
        zip_is_upload=False,
        source="https://github.com/WhatsApp/stickers/blob/main/Android/README.md",
        checked="2026-11-22",
    ),
    Target(
        id="signal",
        label="Signal sticker",
        format=Format.APNG,
        canvas=(512, 512),
        sizes=Sizes((10, 10), (512, 512), square=True),
        margin=16,
        timing=Timing(frames=(2, 60), seconds_max=3),
        file_max_bytes=300_000,
        set_size=(1, 40),
        file_pattern="{number:02d}.png",
        extras=(),
        zip_max_bytes=20_000_000,
        zip_is_upload=False,
        source="https://github.com/signalapp/Signal-Desktop/blob/main/sticker-creator/src/util/processImage.ts",
        checked="2026-11-22",
        unverified="at most 3 s",
    ),
    Target(
        id="web",
        label="Web page",
        format=Format.WEBP,
        canvas=(320, 320),
        sizes=_exactly((320, 320)),
        margin=6,
        timing=Timing(frames=(2, 60)),
        file_max_bytes=500_000,
        set_size=(1, 40),
        file_pattern="{number:03d}.webp",
        extras=(Extra("poster.png", "poster", Format.PNG, (320, 320), 500_000),),
        zip_max_bytes=40_000_000,
        zip_is_upload=False,
        source="https://developers.google.com/speed/webp/docs/riff_container",
        checked="2026-11-22",
    ),
)

TARGETS: dict[str, Target] = {target.id: target for target in _ALL}
"""By id, in the order a person should see them."""


def find(target_id: str) -> Target:
    """The target with an id. Raises `UnknownTarget`, which names what was probably meant."""
    if target_id in TARGETS:
        return TARGETS[target_id]
    near = difflib.get_close_matches(target_id.lower(), TARGETS, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(TARGETS)}."
    raise UnknownTarget(f'There is no target "{target_id[:80]}"; {hint}', field="target")
