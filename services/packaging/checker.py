"""Judges a finished pack against its target's rules, by decoding it and independently of the code that made it.

A pack may come from anybody: reads are bounded before they are made, and nothing is written to disk.
"""

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from popcon.catalog import limits, targets
from popcon.catalog.target import NOTES, Target
from services.packaging import sniff
from services.packaging.breach import Breach
from services.packaging.emoji_rules import check_emoji
from services.packaging.extra_rules import check_extra
from services.packaging.sniff import Look

_ENTRIES_MAX = 1000
_CENTRAL_ENTRY = b"PK\x01\x02"
# What `zipfile` raises on damaged, encrypted or oddly packed entries.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


@dataclass(frozen=True)
class _Layout:
    """The entries of a pack by what they are to its target."""

    emoji: list[zipfile.ZipInfo]
    extras: list[zipfile.ZipInfo]
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
                breaches += _check_entry(archive, info, _rules(info.filename, target))
            for info in layout.extras:
                breaches += _check_entry(archive, info, target)
    except _ZIP_ERRORS:
        breaches.append(Breach("zip_damaged", "", "The file cannot be read as a zip; make the pack again."))
    return breaches


def detect_target(data: bytes) -> str | None:
    """The target a zip was probably made for, by its files' names, formats and sizes, if anything points to one."""
    if len(data) > limits.PACK_MAX_BYTES or data.count(_CENTRAL_ENTRY) > _ENTRIES_MAX:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            looks = {info.filename: _look(archive, info) for info in archive.infolist()}
    except _ZIP_ERRORS:
        return None
    scores = {target.id: _likeness(looks, target) for target in targets.TARGETS.values()}
    best = max(scores, key=lambda target_id: scores[target_id])
    return best if scores[best] else None


def _zip_too_large(data: bytes, target: Target) -> Breach:
    message = (
        f"The zip has {len(data)} bytes; at most {target.zip_max_bytes}, in at most {_ENTRIES_MAX} files, are allowed."
    )
    return Breach("zip_too_large", "", message)


def _numbered(names: Iterable[str], target: Target) -> dict[str, int]:
    """Those that are emoji by their names, with their places in the set and in that order: as numbered, or as they
    come."""
    if target.names is None:
        numbers = {target.file_name(number): number for number in range(1, _ENTRIES_MAX)}
        return {name: numbers[name] for name in sorted(set(names) & set(numbers), key=lambda name: numbers[name])}
    extras = {extra.name for extra in target.extras}
    ours = (name for name in names if name.endswith(target.format.suffix) and not set(name) & set("/\\:"))
    return {name: number for number, name in enumerate((name for name in ours if name not in extras), 1)}


def _rules(name: str, target: Target) -> Target:
    """Those of a still, where a target has such, for what is named as one."""
    last = target.at(target.set_size[1])
    return last if name.endswith(last.format.suffix) else target


def _layout(infos: list[zipfile.ZipInfo], target: Target) -> _Layout:
    entries = {info.filename: info for info in infos}
    emoji = _numbered(entries, target)
    breaches = [*_name_breaches(infos, target, emoji), *_set_breaches(list(emoji.values()), target)]
    missing = [extra for extra in target.extras if extra.name not in entries]
    breaches += [
        Breach(f"{each.role}_missing", each.name, f"The pack has no {each.name}; add one.") for each in missing
    ]
    extras = [entries[extra.name] for extra in target.extras if extra not in missing]
    return _Layout([entries[name] for name in emoji], extras, breaches)


def _name_breaches(infos: list[zipfile.ZipInfo], target: Target, emoji: Container[str]) -> Iterator[Breach]:
    others = [*(extra.name for extra in target.extras), *(() if target.zip_is_upload else NOTES)]
    for name, count in Counter(info.filename for info in infos).items():
        label = name[:80]
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            yield Breach("unsafe_name", label, "Its name points outside the pack; use plain file names.")
        elif name not in emoji and name not in others:
            wanted = ", ".join([target.file_name(1), f"{target.file_name(2)}…", *others])
            yield Breach("foreign_file", label, f"It does not belong into the pack; only {wanted} do.")
        elif target.names and name in emoji and not target.names.takes(name.removesuffix(target.format.suffix)):
            yield Breach("file_name", label, f"Its name cannot be used; {target.names} are wanted.")
        elif count > 1:
            yield Breach("duplicate_file", label, f"The pack holds it {count} times; once is wanted.")


def _set_breaches(numbers: list[int], target: Target) -> Iterator[Breach]:
    least, most = target.set_size
    if not least <= len(numbers) <= most:
        rule = "set_too_small" if len(numbers) < least else "set_too_large"
        bounds = f"exactly {least}" if least == most else f"{least} to {most}"
        yield Breach(rule, "", f"The set has {len(numbers)} emoji; {bounds} are wanted.")
    missing = next((wanted for wanted, number in enumerate(numbers, 1) if number != wanted), None)
    if missing is not None:
        name = target.file_name(missing)
        yield Breach("numbering", name, f"There is no {name}; number the emoji from 1 without gaps.")


def _check_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Target) -> list[Breach]:
    name = info.filename
    extra = next((extra for extra in target.extras if extra.name == name), None)
    allowed = extra.file_max_bytes if extra else target.file_max_bytes
    most = 2 * allowed  # still read, so that a file a little too large is judged whole
    try:
        with archive.open(info) as entry:
            data = entry.read(most + 1)
    except _ZIP_ERRORS:
        return [Breach("zip_damaged", name, "Its bytes in the zip are damaged; make the pack again.")]
    if len(data) > most:
        return [Breach("file_too_large", name, f"It has over {most} bytes; {allowed} are allowed.")]
    return check_extra(data, target, extra) if extra else check_emoji(data, target, name)


def _look(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Look:
    try:
        with archive.open(info) as entry:
            return sniff.look(entry.read(sniff.HEAD_BYTES))
    except _ZIP_ERRORS:
        return sniff.UNKNOWN


def _likeness(looks: dict[str, Look], target: Target) -> int:
    """How many files look like the target's: by name, by format, and by the size of their canvas."""
    named, extras = _numbered(looks, target), {extra.name for extra in target.extras}
    found = 2 * sum(name in looks for name in extras)
    for name, (file_format, size) in looks.items():
        found += name in named
        if name not in extras and file_format and file_format.suffix == _rules(name, target).format.suffix:
            # A canvas tells more than a name: a pack that somebody else made is seldom named by our rules.
            found += 1 + 2 * bool(size and target.sizes.takes(size))
    return found
