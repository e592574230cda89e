"""Judges a finished pack against its target's rules, by decoding it and independently of the code that made it.

A pack may come from anybody: reads are bounded before they are made, and nothing is written to disk.
"""

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from popcon.catalog import limits, targets
from popcon.catalog.targets import Target
from popcon.errors import PictureUnreadable
from services.packaging import apng_reader
from services.packaging.breach import Breach
from services.packaging.emoji_rules import check_emoji, colour_type_finding

_ENTRIES_MAX = 1000
_CENTRAL_ENTRY = b"PK\x01\x02"
_SIGNATURES = {b"\x89PNG": "image/apng", b"RIFF": "image/webp"}
# What `zipfile` raises on damaged, encrypted or oddly packed entries.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


@dataclass(frozen=True)
class _Layout:
    """The entries of a pack by what they are to its target."""

    emoji: list[zipfile.ZipInfo]
    tab: zipfile.ZipInfo | None
    breaches: list[Breach]


def check_pack(data: bytes, target_id: str) -> list[Breach]:
    """Every rule of a target that a zip breaks; none means that it passes. Raises `UnknownTarget`."""
    target = targets.find(target_id)
    if len(data) > limits.PACK_MAX_BYTES or data.count(_CENTRAL_ENTRY) > _ENTRIES_MAX:
        return [_zip_too_large(data, target)]
    breaches = [_zip_too_large(data, target)] if len(data) > target.zip_max_bytes else []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            layout = _layout(archive.infolist(), target)
            breaches += layout.breaches
            for info in layout.emoji[: target.set_size[1]]:
                breaches += _check_entry(archive, info, target)
            if layout.tab is not None:
                breaches += _check_entry(archive, layout.tab, target)
    except _ZIP_ERRORS:
        breaches.append(Breach("zip_damaged", "", "The file cannot be read as a zip; make the pack again."))
    return breaches


def detect_target(data: bytes) -> str | None:
    """The target a zip was probably made for, by the names and formats of its files, if anything points to one."""
    if len(data) > limits.PACK_MAX_BYTES or data.count(_CENTRAL_ENTRY) > _ENTRIES_MAX:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            formats = {info.filename: _format(archive, info) for info in archive.infolist()}
    except _ZIP_ERRORS:
        return None
    scores = {target.id: _likeness(formats, target) for target in targets.TARGETS.values()}
    best = max(scores, key=lambda target_id: scores[target_id])
    return best if scores[best] else None


def _zip_too_large(data: bytes, target: Target) -> Breach:
    message = (
        f"The zip has {len(data)} bytes; at most {target.zip_max_bytes}, in at most {_ENTRIES_MAX} files, are allowed."
    )
    return Breach("zip_too_large", "", message)


def _numbers(target: Target) -> dict[str, int]:
    return {target.file_name(number): number for number in range(1, _ENTRIES_MAX)}


def _layout(infos: list[zipfile.ZipInfo], target: Target) -> _Layout:
    numbers = _numbers(target)
    entries = {info.filename: info for info in infos}
    emoji = sorted((name for name in entries if name in numbers), key=lambda name: numbers[name])
    breaches = [*_name_breaches(infos, target, numbers), *_set_breaches([numbers[name] for name in emoji], target)]
    if target.tab_name not in entries:
        breaches.append(Breach("tab_missing", target.tab_name, f"The pack has no {target.tab_name}; add one."))
    return _Layout([entries[name] for name in emoji], entries.get(target.tab_name), breaches)


def _name_breaches(infos: list[zipfile.ZipInfo], target: Target, known: Iterable[str]) -> Iterator[Breach]:
    for name, count in Counter(info.filename for info in infos).items():
        label = name[:80]
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            yield Breach("unsafe_name", label, "Its name points outside the pack; name files by number only.")
        elif name not in known and name != target.tab_name:
            wanted = f"{target.file_name(1)}, {target.file_name(2)}… and {target.tab_name}"
            yield Breach("foreign_file", label, f"It does not belong into the pack; only {wanted} do.")
        elif count > 1:
            yield Breach("duplicate_file", label, f"The pack holds it {count} times; once is wanted.")


def _set_breaches(numbers: list[int], target: Target) -> Iterator[Breach]:
    least, most = target.set_size
    if not least <= len(numbers) <= most:
        rule = "set_too_small" if len(numbers) < least else "set_too_large"
        yield Breach(rule, "", f"The set has {len(numbers)} emoji; {least} to {most} are wanted.")
    missing = next((wanted for wanted, number in enumerate(numbers, 1) if number != wanted), None)
    if missing is not None:
        name = target.file_name(missing)
        yield Breach("numbering", name, f"There is no {name}; number the emoji from 1 without gaps.")


def _check_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Target) -> list[Breach]:
    name = info.filename
    # Twice the limit is still read, so that an emoji a little too large is judged whole.
    most = 2 * target.file_max_bytes
    try:
        with archive.open(info) as entry:
            data = entry.read(most + 1)
    except _ZIP_ERRORS:
        return [Breach("zip_damaged", name, "Its bytes in the zip are damaged; make the pack again.")]
    if len(data) > most:
        return [Breach("file_too_large", name, f"It has over {most} bytes; {target.file_max_bytes} are allowed.")]
    return _check_tab(data, target) if name == target.tab_name else check_emoji(data, target, name)


def _check_tab(data: bytes, target: Target) -> list[Breach]:
    found: list[tuple[str, str]] = []
    try:
        tab = apng_reader.read(data)
        size, wanted = (tab.width, tab.height), target.tab_size
        if tab.animated:
            found.append(("tab_animated", "The tab image is animated; a still picture is wanted."))
        if size != wanted:
            found.append(("tab_canvas", f"It is {size[0]}x{size[1]} pixels; {wanted[0]}x{wanted[1]} are wanted."))
        elif not next(apng_reader.compose(tab))[..., 3].any():
            found.append(("tab_empty", "The tab image shows nothing; choose another emoji for it."))
        found += [(f"tab_{rule}", message) for rule, message in colour_type_finding(tab.colour_type)]
    except PictureUnreadable as error:
        found.append((f"tab_damaged_{error.field}", error.message))
    return [Breach(rule, target.tab_name, message) for rule, message in found]


def _format(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """Media type by the first bytes; "" for another, or where they cannot be read."""
    try:
        with archive.open(info) as entry:
            return _SIGNATURES.get(entry.read(4), "")
    except _ZIP_ERRORS:
        return ""


def _likeness(formats: dict[str, str], target: Target) -> int:
    """How many files look like the target's, by name and again by format; its tab image decides a tie."""
    known = _numbers(target)
    files = [(name, kind) for name, kind in formats.items() if name != target.tab_name]
    return sum((name in known) + (kind == target.media_type) for name, kind in files) + (target.tab_name in formats)
