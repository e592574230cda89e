"""Uploaded pictures that no job uses: first their rows go, then the objects that no row names.

The second is a walk over all objects of pictures, a page per round, begun again when it ends. So it also finds what
uploads left that were never recorded, and what a sweep left that was killed. `services.orchestrator.uploads` tells how
it keeps clear of uploads that go on.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial

import sqlalchemy as sa

from popcon.storage import Entry, keys
from services.orchestrator import audit, tables, tallies, uploads
from services.orchestrator.database import fetch_all, now_ms
from services.orchestrator.sweeping.tools import Removed, Tools, count
from services.orchestrator.tx import Tx

ROWS = 200
PAGE = 1000

_Upload = tuple[str, str]
"""Owner and digest: whose objects share a folder."""


async def forget(tools: Tools) -> bool:
    """Forgets a batch of pictures that no job uses and nobody sent for long; answers whether there may be more."""
    return await tools.writer.apply(lambda tx: _forget(tx, tools.ages.pictures_ms)) == ROWS


async def _forget(tx: Tx, age_ms: int) -> int:
    kept, held = tables.pictures, tables.jobs
    unused = ~sa.exists().where(held.c.picture_id == kept.c.id)
    old = (
        sa.select(kept.c.id, kept.c.owner, kept.c.bytes).where(kept.c.created_at < tx.now - age_ms, unused).limit(ROWS)
    )
    rows = await tx.all(old.with_for_update(skip_locked=True))
    for row in rows:
        # Asked again now that it is locked: a job may have taken it before.
        if await tx.write(sa.delete(kept).where(kept.c.id == row["id"], unused)):
            tallies.store(tx, row["owner"], -row["bytes"])
            audit.note(tx, row["owner"], "picture.forgotten", row["id"], {})
    return len(rows)


class Walk:
    """`page` looks at the next objects of pictures."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._entries = _entries(tools)

    async def page(self) -> bool:
        """Removes what no row names of a page of objects. There is always more; it can wait for the next round."""
        found: dict[_Upload, list[Entry]] = defaultdict(list)
        seen = 0
        async for upload, entry in self._entries:
            found[upload].append(entry)
            seen += 1
            if seen == PAGE:
                break
        else:
            self._entries = _entries(self._tools)
        for upload, entries in (await self._doubtful(found)).items():
            doomed = await self._tools.writer.apply(partial(_begin, upload, entries))
            if doomed:
                await self._remove(upload, doomed)
        return False

    async def _doubtful(self, found: Mapping[_Upload, Sequence[Entry]]) -> dict[_Upload, list[Entry]]:
        """Objects that are old enough and that no row names, as far as can be seen without a lock."""
        async with self._tools.database.look() as connection:
            tx = Tx(connection, await now_ms(connection))
            named = await _named(tx, found)
        before = tx.now - self._tools.ages.pictures_ms
        old = {
            upload: [entry for entry in entries if entry.written_at * 1000 < before and entry.key not in named]
            for upload, entries in found.items()
        }
        return {upload: entries for upload, entries in old.items() if entries}

    async def _remove(self, upload: _Upload, doomed: Sequence[Entry]) -> None:
        for entry in doomed:
            await self._tools.store.delete(entry.key)
        removed = count("picture", Removed(len(doomed), sum(entry.size for entry in doomed)))
        await self._tools.writer.apply(partial(_end, upload, removed))


async def _entries(tools: Tools) -> AsyncIterator[tuple[_Upload, Entry]]:
    # The audit knows owners who have nothing left but files.
    known = sa.union(*(sa.select(table.c.owner) for table in (tables.jobs, tables.pictures, tables.audit)))
    async with tools.database.look() as connection:
        owners = [row["owner"] for row in await fetch_all(connection, sa.select(known.subquery()))]
    for owner in owners:
        prefix = keys.join(keys.owner_prefix(owner), "pictures")
        async for entry in tools.store.list(prefix):
            yield (owner, entry.key.removeprefix(f"{prefix}/").partition("/")[0]), entry


async def _named(tx: Tx, found: Iterable[_Upload]) -> set[str]:
    """The keys that rows of these uploads, or of others with their digests, name."""
    kept = tables.pictures
    digests = sorted({sha256 for _, sha256 in found})
    rows = await tx.all(sa.select(kept.c.source, kept.c.cutout, kept.c.thumbnail).where(kept.c.sha256.in_(digests)))
    return {artifact["key"] for row in rows for artifact in row.values() if artifact}


async def _begin(upload: _Upload, entries: Sequence[Entry], tx: Tx) -> list[Entry]:
    if await uploads.being_removed(tx, *upload):
        return []
    named = await _named(tx, [upload])
    doomed = [entry for entry in entries if entry.key not in named]
    if doomed:
        audit.note(tx, upload[0], uploads.REMOVING, uploads.subject(upload[1]), {"objects": len(doomed)})
    return doomed


async def _end(upload: _Upload, removed: Removed, tx: Tx) -> None:
    data = {"objects": removed.objects, "bytes": removed.bytes}
    audit.note(tx, upload[0], uploads.REMOVED, uploads.subject(upload[1]), data)
