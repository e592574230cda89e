"""From the emoji of a job to a finished set: named files, the extra pictures, what is told about them, and one zip."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from popcon.catalog.target import PACK_JSON, PREVIEW, Target
from popcon.errors import InvalidRequest
from services.packaging.breach import Breach
from services.packaging.checker import check_pack
from services.packaging.extras import make_extra
from services.packaging.preview import preview_page
from services.packaging.record import record

# The earliest date a zip can say, so that the same emoji give the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class SetItem:
    """A packed emoji and the name by which the caller knows it, e.g. its action's id. `label` and, where no file name
    can be made of that, `preset` name its file. `stats`: what packing told of it."""

    name: str
    data: bytes
    label: str = ""
    preset: str = ""
    stats: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AssembledSet:
    """`files`: what the platform takes, by name, in order. `notes`: `pack.json` and `preview.html`, which tell of them.
    The zip holds the files, and the notes unless the platform takes the zip itself. `breaches`: rules of the target
    that the set does not hold; none means that it can be sent in."""

    files: dict[str, bytes]
    notes: dict[str, bytes]
    zip: bytes
    breaches: list[Breach]


def assemble_set(items: Sequence[SetItem], target: Target, tab_source: str = "") -> AssembledSet:
    """Names the emoji in the order given. Extra pictures are made from the item named `tab_source`, or the first.

    A set that breaks rules is made all the same. Raises `InvalidRequest` for no items or an unknown `tab_source`,
    `PictureUnreadable` for an emoji that is no file of the target's format, `PictureBlank` where no extra picture can
    be made.
    """
    if not items:
        raise InvalidRequest("A set needs at least one emoji; wait until an action is done.", field="items")
    source = next((item for item in items if item.name == (tab_source or items[0].name)), None)
    if source is None:
        raise InvalidRequest(
            f'The set has no "{tab_source[:80]}"; take the tab image from one of its emoji.', field="tab"
        )
    names = target.file_names([(item.label, item.preset) for item in items])
    files = {name: item.data for name, item in zip(names, items, strict=True)}
    files |= {extra.name: make_extra(source.data, target, extra) for extra in target.extras}
    told = record(files, target, [item.label for item in items], [item.stats for item in items])
    notes = {PACK_JSON: told.to_json(), PREVIEW: preview_page(told, target)}
    packed = write_zip(files if target.zip_is_upload else files | notes)
    return AssembledSet(files, notes, packed, check_pack(packed, target.id))


def write_zip(files: dict[str, bytes]) -> bytes:
    """A zip of the files in their order, stored as they are: PNG and WebP do not shrink further."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = 3  # whatever the machine that zips, the permissions below are Unix ones
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return out.getvalue()
