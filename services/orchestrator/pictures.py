"""Pictures, by digest: the same bytes and crop of the same owner are one picture."""

from typing import Any

import sqlalchemy as sa

from popcon import errors, ids
from popcon.storage import keys
from popcon.v1 import common_pb2
from services.orchestrator import quotas, tables, tallies, uploads, views
from services.orchestrator.database import Row
from services.orchestrator.rules.quota import Quota
from services.orchestrator.tx import Tx

YOUNG_MS = 3_600_000
"""Nothing is removed at this age."""


async def create(tx: Tx, owner: str, picture: common_pb2.Picture, defaults: Quota) -> common_pb2.Picture:
    """Records a picture whose files are in the store; one that is known is answered as it is.

    `defaults`: limits of owners without exceptions. Raises `Unavailable` while files of an earlier upload of it are
    being removed, `QuotaExceeded`."""
    keys.owner_prefix(owner)  # refuses what can be no part of a key
    kept = tables.pictures
    sha256, crop = picture.source.sha256, _crop(picture)
    if await uploads.being_removed(tx, owner, sha256):
        raise errors.Unavailable("An old upload of this picture is just being removed; send it again in a moment.")
    same = (kept.c.owner == owner, kept.c.sha256 == sha256, kept.c.crop == crop)
    # Wanted again: it must not be forgotten for its age.
    await tx.write(sa.update(kept).where(*same, kept.c.created_at < tx.now - YOUNG_MS).values(created_at=tx.now))
    known = await tx.one(sa.select(kept).where(*same))
    if known is not None:
        return views.picture(known)
    box = picture.box
    row: Row = {
        "id": ids.new(ids.PICTURE), "owner": owner, "sha256": sha256, "width": picture.width, "height": picture.height,
        "box": [box.left, box.top, box.right, box.bottom], "background": picture.background,
        "source": views.artifact_column(picture.source), "cutout": views.artifact_column(picture.cutout),
        "thumbnail": views.artifact_column(picture.thumbnail) if picture.HasField("thumbnail") else None,
        "crop": crop, "created_at": tx.now,
    }  # fmt: skip
    row["bytes"] = tallies.size_of([row["source"], row["cutout"], row["thumbnail"]])
    await quotas.admit_bytes(tx, owner, defaults, row["bytes"])
    tallies.store(tx, owner, row["bytes"])
    tx.insert(kept, row)
    return views.picture(row)


def _crop(picture: common_pb2.Picture) -> str:
    if not picture.HasField("crop"):
        return ""
    box = picture.crop
    return ",".join(map(str, (box.left, box.top, box.right, box.bottom)))


async def get(tx: Tx, owner: str, picture_id: str) -> Row:
    """A picture's row. Raises `NotFound`."""
    return _found(await tx.one(_named(owner, picture_id)), picture_id)


async def hold(tx: Tx, owner: str, picture_id: str) -> Row:
    """A picture's row, which nobody removes before the end of this transaction. Raises `NotFound`."""
    return _found(await tx.locked(_named(owner, picture_id).with_for_update(read=True)), picture_id)


def _named(owner: str, picture_id: str) -> sa.Select[Any]:
    kept = tables.pictures
    return sa.select(kept).where(kept.c.owner == owner, kept.c.id == picture_id)


def _found(row: Row | None, picture_id: str) -> Row:
    if row is None:
        raise errors.NotFound(f"There is no picture {picture_id}: upload it first.", field="picture_id")
    return row
