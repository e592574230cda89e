"""What sweeping works with: state, store, ages; and how objects go."""

from dataclasses import dataclass

from prometheus_client import Counter

from popcon.storage import ArtifactStore
from services.orchestrator.database import Database
from services.orchestrator.writer import Writer

_OBJECTS = Counter("popcon_swept_objects_total", "Objects removed from the store", ["why"])
_BYTES = Counter("popcon_swept_bytes_total", "Bytes removed from the store", ["why"])


@dataclass(frozen=True)
class Ages:
    """Milliseconds. `leftovers_ms`: since a run ended. `pictures_ms`: since the last upload of a picture that no job
    uses. `jobs_ms`: since a job was made; 0 keeps every job."""

    leftovers_ms: int
    pictures_ms: int
    jobs_ms: int


@dataclass(frozen=True)
class Removed:
    """What went from the store."""

    objects: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Tools:
    """State, store and ages."""

    database: Database
    writer: Writer
    store: ArtifactStore
    ages: Ages

    async def remove(self, key: str, why: str) -> Removed:
        """Removes all objects below a key. What is gone already is no error."""
        sizes = [entry.size async for entry in self.store.list(key)]
        await self.store.delete(key)
        return count(why, Removed(len(sizes), sum(sizes)))


def count(why: str, removed: Removed) -> Removed:
    """Adds to the metrics, and answers, what was removed."""
    _OBJECTS.labels(why).inc(removed.objects)
    _BYTES.labels(why).inc(removed.bytes)
    return removed
