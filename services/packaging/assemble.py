"""From the emoji of a job to a finished set: numbered files, the extra pictures and one zip."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from popcon.catalog.target import Target
from popcon.errors import InvalidRequest
from services.packaging.breach import Breach
from services.packaging.checker import check_pack
from services.packaging.extras import make_extra

# The earliest date a zip can say, so that the same emoji give the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class SetItem:
    """A packed emoji and the name by which the caller knows it, e.g. its action's id."""

    name: str
    data: bytes


@dataclass(frozen=True)
class AssembledSet:
    """`files`: what the platform takes, by name, in order; the zip holds the same. `breaches`: rules of the target that
    the set does not hold; none means that it can be sent in."""

    files: dict[str, bytes]
    zip: bytes
    breaches: list[Breach]


def assemble_set(items: Sequence[SetItem], target: Target, tab_source: str = "") -> AssembledSet:
    """Numbers the emoji in the order given. Extra pictures are made from the item named `tab_source`, or the first.

    A set that breaks rules is made all the same. Raises `InvalidRequest` for no items or an unknown `tab_source`,
    `PictureUnreadable` or `PictureBlank` where no extra picture can be made.
    """
    if not items:
        raise InvalidRequest("A set needs at least one emoji; wait until an action is done.", field="items")
    source = next((item for item in items if item.name == (tab_source or items[0].name)), None)
    if source is None:
        raise InvalidRequest(
            f'The set has no "{tab_source[:80]}"; take the tab image from one of its emoji.', field="tab"
        )
    files = {target.file_name(number): item.data for number, item in enumerate(items, 1)}
    files |= {extra.name: make_extra(source.data, target, extra) for extra in target.extras}
    packed = write_zip(files)
    return AssembledSet(files, packed, check_pack(packed, target.id))


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
