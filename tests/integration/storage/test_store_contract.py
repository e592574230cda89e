"""What every artifact store promises, asked of a folder and of a real S3 server alike."""

import asyncio
import hashlib
import time
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from popcon import errors
from popcon.storage import Artifact, ArtifactStore

PNG = "image/png"
KEY = "owners/local/jobs/job_1/act_1/motion/1/1/frames/0000.png"
MEGABYTE = 1 << 20


def artifact(key: str, data: bytes, media_type: str = PNG) -> Artifact:
    return Artifact(key, len(data), hashlib.sha256(data).hexdigest(), media_type)


async def pieces(count: int, size: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield bytes([number % 256]) * size


async def keys_below(store: ArtifactStore, prefix: str) -> list[str]:
    return [entry.key async for entry in store.list(prefix)]


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 8000], ids=["empty", "one byte", "2 MB"])
async def test_what_is_put_comes_back(store: ArtifactStore, data: bytes):
    put = await store.put(KEY, data, PNG)

    assert put == artifact(KEY, data)
    assert await store.stat(KEY) == put
    assert await store.get(KEY) == data
    assert b"".join([piece async for piece in store.stream(KEY, 100_000)]) == data


async def test_bytes_a_file_and_chunks_are_the_same_artifact(store: ArtifactStore, tmp_path: Path):
    data = b"".join([piece async for piece in pieces(5, 1000)])
    source = tmp_path / "source.bin"
    source.write_bytes(data)

    from_bytes = await store.put(KEY, data, PNG)
    from_file = await store.put(KEY, source, PNG)
    from_chunks = await store.put(KEY, pieces(5, 1000), PNG)

    assert from_bytes == from_file == from_chunks == artifact(KEY, data)


async def test_what_is_not_there_is_not_found(store: ArtifactStore):
    assert await store.stat(KEY) is None
    with pytest.raises(errors.NotFound):
        await store.get(KEY)
    with pytest.raises(errors.NotFound):
        await anext(store.stream(KEY))


@pytest.mark.parametrize(("data", "media_type"), [(b"other", PNG), (b"first", "image/webp")], ids=["bytes", "type"])
async def test_an_artifact_never_changes(store: ArtifactStore, data: bytes, media_type: str):
    first = await store.put(KEY, b"first", PNG)

    with pytest.raises(errors.WrongState, match="exists with other content"):
        await store.put(KEY, data, media_type)

    assert await store.stat(KEY) == first
    assert await store.get(KEY) == b"first"


async def test_concurrent_puts_of_the_same_bytes_all_succeed(store: ArtifactStore):
    data = bytes(100_000)

    answers = await asyncio.gather(*(store.put(KEY, data, PNG) for _ in range(12)))

    assert set(answers) == {artifact(KEY, data)}
    assert await store.get(KEY) == data
    assert await keys_below(store, "owners") == [KEY]


@pytest.mark.parametrize("wrong", [b"", b"abcdefgX", b"abcdefg", b"abcdefghi"])
async def test_damage_is_detected(rig, wrong: bytes):
    await rig.store.put(KEY, b"abcdefgh", PNG)
    rig.damage(KEY, wrong)

    with pytest.raises(errors.ArtifactDamaged):
        await rig.store.get(KEY)


async def test_a_damaged_artifact_is_never_streamed_whole(rig):
    data = bytes(1000)
    await rig.store.put(KEY, data, PNG)
    rig.damage(KEY, b"\1" + data[1:])

    got = bytearray()

    async def receive() -> None:
        async for piece in rig.store.stream(KEY, 100):
            got.extend(piece)

    with pytest.raises(errors.ArtifactDamaged):
        await receive()
    assert len(got) == 900


async def test_20_mb_pass_through_without_being_held(store: ArtifactStore):
    await store.put("owners/warm/up", pieces(1, 10), PNG)  # imports are not counted
    tracemalloc.start()
    try:
        put = await store.put(KEY, pieces(20, MEGABYTE), "video/mp4")
        digest = hashlib.sha256()
        async for piece in store.stream(KEY, 64 * 1024):
            digest.update(piece)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert put.size == 20 * MEGABYTE
    assert digest.hexdigest() == put.sha256
    assert await store.stat(KEY) == put
    assert held < 5 * MEGABYTE


async def test_a_put_whose_source_fails_leaves_nothing(store: ArtifactStore):
    async def breaks() -> AsyncIterator[bytes]:
        yield b"half of it"
        raise ConnectionResetError("the uploader went away")

    with pytest.raises(ConnectionResetError):
        await store.put(KEY, breaks(), PNG)

    assert await store.stat(KEY) is None
    assert await keys_below(store, "owners") == []


async def test_a_cancelled_put_leaves_nothing(store: ArtifactStore):
    started = asyncio.Event()

    async def hangs() -> AsyncIterator[bytes]:
        yield b"half of it"
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(store.put(KEY, hangs(), PNG))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await store.stat(KEY) is None
    assert await keys_below(store, "owners") == []


async def test_a_listing_is_in_key_order_and_ends_at_names(store: ArtifactStore):
    below = ["r/1-x", "r/1.png", "r/1/a", "r/1/a/b", "r/1/a-b", "r/1/a/c", "r/10/a", "r/Z", "r/_"]
    for key in [*below, "r", "r-x/a", "s/a"]:
        await store.put(f"owners/{key}", key.encode(), PNG)

    listed = [entry async for entry in store.list("owners/r")]

    assert [(entry.key, entry.size) for entry in listed] == [(f"owners/{key}", len(key)) for key in sorted(below)]
    assert all(abs(entry.written_at - time.time()) < 60 for entry in listed)
    assert await keys_below(store, "owners/r/1") == [
        "owners/r/1/a",
        "owners/r/1/a-b",
        "owners/r/1/a/b",
        "owners/r/1/a/c",
    ]
    assert await keys_below(store, "owners/nobody") == []


async def test_a_listing_of_many_is_complete(store: ArtifactStore):
    wanted = [f"owners/many/{number:04}" for number in range(60)]
    await asyncio.gather(*(store.put(key, b"x", PNG) for key in wanted))

    assert await keys_below(store, "owners/many") == wanted


async def test_delete_takes_the_key_and_all_below_and_no_neighbour(store: ArtifactStore):
    for key in ["j", "j/a", "j/b/c", "j-2", "j1/a", "i"]:
        await store.put(f"owners/{key}", b"x", PNG)

    await store.delete("owners/j")
    await store.delete("owners/j")  # nothing left is no error

    assert await keys_below(store, "owners") == ["owners/i", "owners/j-2", "owners/j1/a"]
    assert await store.stat("owners/j") is None
    assert await store.stat("owners/j/b/c") is None


async def test_a_sweep_touches_no_artifact(store: ArtifactStore):
    await store.put(KEY, b"x", PNG)

    assert await store.sweep(older_than_s=0) == 0

    assert await store.get(KEY) == b"x"


async def test_a_deleted_key_is_free_again(store: ArtifactStore):
    await store.put(KEY, b"first", PNG)
    await store.delete(KEY)

    await store.put(KEY, b"second", PNG)

    assert await store.get(KEY) == b"second"


@pytest.mark.parametrize("bad", ["", "/etc/passwd", "owners/../x", "owners//x", "owners/x/", "owners/a b", "owners/ä"])
async def test_a_malformed_key_is_refused_everywhere(store: ArtifactStore, bad: str):
    for call in (
        store.put(bad, b"x", PNG),
        store.get(bad),
        store.stat(bad),
        store.delete(bad),
        store.presign(bad, 60),
        anext(store.list(bad)),
        anext(store.stream(bad)),
    ):
        with pytest.raises(errors.InvalidRequest):
            await call


@pytest.mark.parametrize("bad", ["", "png", "image/", "image/png\r\nx: y", "Image/PNG", "image/png; charset=utf-8"])
async def test_a_malformed_media_type_is_refused(store: ArtifactStore, bad: str):
    with pytest.raises(errors.InvalidRequest):
        await store.put(KEY, b"x", bad)
    assert await store.stat(KEY) is None
