"""What only a folder can do wrong: half-written files, races between processes, links that lead outside."""

import asyncio
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from popcon import errors
from popcon.storage import open_store

PNG = "image/png"
KEY = "owners/local/jobs/job_1/act_1/motion/1/1/clip.json"
DATA = b"whole" * 1000

# Puts once per line of popcon/storage that a put runs through, each time in a process and a folder of its own, and is
# killed with -9 just before that line. Prints how many lines there were.
KILLER = """
import asyncio, os, signal, sys, threading
from popcon import storage

def put(folder, kill_before):
    lines = 0
    def trace(frame, event, arg):
        nonlocal lines
        if "popcon/storage/" not in frame.f_code.co_filename:
            return None
        lines += event == "line"
        if lines == kill_before:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    store = storage.open_store("file://" + folder)
    async def go():
        threading.settrace(trace)
        sys.settrace(trace)
        await store.put(sys.argv[2], b"whole" * 1000, "image/png")
    asyncio.run(go())

line, killed = 0, True
while killed:
    line += 1
    child = os.fork()
    if not child:
        put(f"{sys.argv[1]}/{line:04}", line)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    killed = os.WIFSIGNALED(status)
    assert killed or status == 0, status
print(line - 1)
"""


async def test_a_kill_at_any_line_of_a_put_leaves_nothing_or_the_whole(tmp_path: Path):
    lines = int(subprocess.check_output([sys.executable, "-c", KILLER, tmp_path, KEY]))  # noqa: ASYNC221 (alone here)
    outcomes = set()
    for line in range(1, lines + 1):
        store = open_store(f"file://{tmp_path}/{line:04}")
        before = await store.stat(KEY)
        listed = [entry.key async for entry in store.list("owners")]
        outcomes.add(before is not None)

        assert listed == ([KEY] if before else []), f"killed before line {line}"
        await store.put(KEY, DATA, PNG)
        assert await store.get(KEY) == DATA
        await store.close()

    assert lines > 40  # the trace saw the put
    assert outcomes == {False, True}


async def test_of_concurrent_puts_of_other_bytes_one_wins(tmp_path: Path):
    stores = [open_store(f"file://{tmp_path}") for _ in range(2)]
    offers = [str(number).encode() for number in range(20)]

    answers = await asyncio.gather(
        *(stores[number % 2].put(KEY, data, PNG) for number, data in enumerate(offers)), return_exceptions=True
    )

    won = [data for data, answer in zip(offers, answers, strict=True) if not isinstance(answer, Exception)]
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [errors.WrongState] * 19
    assert won == [await stores[0].get(KEY)]
    assert [entry.key async for entry in stores[1].list("owners")] == [KEY]


async def test_everything_is_synced_before_it_is_published_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = open_store(f"file://{tmp_path}")
    await store.put("owners/a/first", b"x", PNG)
    log: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def logged_fsync(handle: int) -> None:
        fsync(handle)
        log.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)

    def logged_rename(path: Path, target: Path) -> Path:
        log.append("PUBLISH")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", logged_fsync)
    monkeypatch.setattr(Path, "rename", logged_rename)
    await store.put("owners/a/second", b"x", PNG)

    at = log.index("PUBLISH")
    new_folder = log[at - 1]
    assert set(log[:at]) == {"@artifact.json", "second", new_folder}
    assert len(new_folder) == 32
    assert log[at + 1 :] == ["a"]


async def test_nothing_is_followed_out_of_the_folder(tmp_path: Path):
    outside, inside = tmp_path / "outside", tmp_path / "store"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    store = open_store(f"file://{inside}")
    (inside / "owners").mkdir()
    (inside / "owners" / "link").symlink_to(outside)
    (inside / "owners" / "file@").mkdir()
    (inside / "owners" / "file@" / "file").symlink_to(outside / "secret")

    for call in (
        store.put("owners/link/new", b"x", PNG),
        store.get("owners/link/secret"),
        store.get("owners/file"),
        store.delete("owners/link"),
        store.delete("owners/link/secret"),
    ):
        with pytest.raises(errors.ArtifactDamaged, match="symbolic link"):
            await call

    assert [entry.key async for entry in store.list("owners")] == ["owners/file"]
    assert [path.name for path in outside.iterdir()] == ["secret"]


@pytest.mark.parametrize("description", [b"", b"[]", b"{}", b'{"size": "x", "sha256": "", "media_type": ""}'])
async def test_a_damaged_description_is_named(tmp_path: Path, description: bytes):
    store = open_store(f"file://{tmp_path}")
    await store.put("owners/x", b"x", PNG)
    (tmp_path / "owners" / "x@" / "@artifact.json").write_bytes(description)

    with pytest.raises(errors.ArtifactDamaged):
        await store.stat("owners/x")


@pytest.mark.parametrize("lost", ["x", "@artifact.json"])
async def test_an_artifact_that_lost_a_file_is_damaged(tmp_path: Path, lost: str):
    store = open_store(f"file://{tmp_path}")
    await store.put("owners/x", b"x", PNG)
    (tmp_path / "owners" / "x@" / lost).unlink()

    with pytest.raises(errors.ArtifactDamaged):
        await store.get("owners/x")


async def test_what_killed_puts_left_is_swept_after_a_day(tmp_path: Path):
    store = open_store(f"file://{tmp_path}")
    for name, age_s in (("old", 90_000), ("young", 3_600)):
        folder = tmp_path / "@new" / name
        folder.mkdir()
        os.utime(folder, (time.time() - age_s,) * 2)

    assert await store.sweep() == 1
    assert await store.sweep() == 0

    assert [path.name for path in (tmp_path / "@new").iterdir()] == ["young"]


async def test_puts_leave_no_temporary_files(tmp_path: Path):
    store = open_store(f"file://{tmp_path}")
    await store.put(KEY, DATA, PNG)
    await store.put(KEY, DATA, PNG)
    with pytest.raises(errors.WrongState):
        await store.put(KEY, b"other", PNG)
    with pytest.raises(FileNotFoundError):
        await store.put(KEY, tmp_path / "missing", PNG)
    await store.delete("owners")

    assert list((tmp_path / "@new").iterdir()) == []


async def test_a_full_disk_is_unavailable_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    store = open_store(f"file://{tmp_path}")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(errors.Unavailable, match="No space left"):
            await store.put(KEY, DATA, PNG)

    assert await store.stat(KEY) is None
    assert list((tmp_path / "@new").iterdir()) == []


@pytest.mark.parametrize("size", [100, 1_000_000], ids=["found at the flush", "found at a write"])
async def test_a_disk_that_fills_while_writing_is_unavailable_and_leaves_nothing(tmp_path: Path, size: int):
    store = open_store(f"file://{tmp_path}")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))  # Python ignores SIGXFSZ: writes fail with EFBIG
    try:
        with pytest.raises(errors.Unavailable, match="make room"):
            await store.put(KEY, bytes(size), PNG)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert await store.stat(KEY) is None
    assert list((tmp_path / "@new").iterdir()) == []


async def test_a_folder_has_no_presigned_urls(tmp_path: Path):
    assert await open_store(f"file://{tmp_path}").presign(KEY, 60) is None
