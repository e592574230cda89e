"""Where recording a picture and removing its files meet.

The files of an upload are named by its digest, so the same picture sent again finds them in the store and writes
nothing. Were they removed at that moment, the new record would name files that are gone. So each removal is first
noted, under a lock that recording takes too: recording sees the note and refuses, or removing sees the record and
spares the files. Removed between being found and being recorded they are missing, which the gateway looks for after
recording: then they are written again, and the record protects them.
"""

from services.orchestrator import audit
from services.orchestrator.tx import Tx

REMOVING = "picture.removing"
REMOVED = "picture.removed"

REMOVAL_MS = 600_000
"""A removal that said nothing for so long was killed."""


async def being_removed(tx: Tx, owner: str, sha256: str) -> bool:
    """Whether files of an upload are being removed. It stays so to the end of the transaction."""
    await tx.lock(subject(sha256))
    said = await audit.last(tx, owner, subject(sha256), tx.now - REMOVAL_MS)
    return said is not None and said["what"] == REMOVING


def subject(sha256: str) -> str:
    """What the audit calls an upload."""
    return f"picture {sha256}"
