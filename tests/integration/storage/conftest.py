"""One rig per store: the store itself, and a way behind its back. Every test gets an empty one."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from popcon.storage import ArtifactStore, open_store
from tests.fixtures.swift import Swift, swift

__all__ = ["swift"]


@dataclass(frozen=True)
class Rig:
    """`damage(key, data)` replaces what is stored under a key without the store's knowledge."""

    store: ArtifactStore
    kind: str
    damage: Callable[[str, bytes], None]


@pytest.fixture(params=["file", "s3"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    made = file_rig(tmp_path) if request.param == "file" else s3_rig(request.getfixturevalue("swift"))
    yield made
    await made.store.close()


@pytest.fixture
def store(rig: Rig) -> ArtifactStore:
    return rig.store


def file_rig(folder: Path) -> Rig:
    def damage(key: str, data: bytes) -> None:
        path = folder / key
        (path.with_name(path.name + "@") / path.name).write_bytes(data)

    return Rig(open_store(f"file://{folder}"), "file", damage)


def s3_rig(server: Swift) -> Rig:
    client, bucket = server.client, server.new_bucket()

    def damage(key: str, data: bytes) -> None:
        about = client.head_object(Bucket=bucket, Key=key)
        client.put_object(
            Bucket=bucket, Key=key, Body=data, ContentType=about["ContentType"], Metadata=about["Metadata"]
        )

    return Rig(open_store(f"s3://{bucket}", server.settings()), "s3", damage)
