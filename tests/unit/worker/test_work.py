"""What a handler sees of an attempt: a store in a folder is all that it needs."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcon import errors, manifest
from popcon.storage import ArtifactStore, open_store
from popcon.v1 import common_pb2, runs_pb2
from popcon.worker.files import put_all
from popcon.worker.work import Result, Work

PREFIX = "owners/local/jobs/job_1/act_1/startframe/1"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ArtifactStore]:
    store = open_store(f"file://{tmp_path}")
    yield store
    await store.close()


def an_assignment(attempt: int = 1) -> runs_pb2.Assignment:
    return runs_pb2.Assignment(
        run_id="run_1", attempt=attempt, prefix=PREFIX, seed=7, stage=common_pb2.STAGE_STARTFRAME
    )


def as_input(output: manifest.Output) -> common_pb2.Artifact:
    return output.to_proto()


async def finished(store: ArtifactStore, attempt: int = 1) -> tuple[Work, manifest.Output]:
    """A work with one output, and its manifest as others see it."""
    work = Work(an_assignment(attempt), store)
    await work.put("frames/0000.png", b"pixels", "image/png")
    stored, _ = await work.finish(Result("toy", takes=2, thumbnail="frames/0000.png", details={"bytes": 6}))
    return work, manifest.Output.of(manifest.NAME, stored)


async def test_outputs_lie_below_the_attempt(store: ArtifactStore) -> None:
    work, stored = await finished(store, attempt=3)
    assert [output.key for output in work.outputs] == [f"{PREFIX}/3/frames/0000.png"]
    assert stored.key == f"{PREFIX}/3/manifest.json"
    assert await store.get(work.outputs[0].key) == b"pixels"


async def test_a_manifest_says_what_was_made_and_how(store: ArtifactStore) -> None:
    work, stored = await finished(store)
    found = await work.manifest_of(as_input(stored))
    assert (found.run_id, found.attempt, found.stage, found.backend, found.seed) == (
        "run_1", 1, "startframe", "toy", 7,
    )  # fmt: skip
    assert (found.takes, found.thumbnail, found.details) == (2, "frames/0000.png", {"bytes": 6})
    assert found.seconds >= 0
    assert await work.read_all(found, lambda name: name.startswith("frames/")) == {"frames/0000.png": b"pixels"}
    assert await work.read_all(found, lambda name: False) == {}
    assert found.output("frames/0000.png").sha256 == work.outputs[0].sha256
    with pytest.raises(errors.ArtifactDamaged):
        found.output("frames/0001.png")


async def test_an_input_that_is_not_the_one_selected_is_refused(store: ArtifactStore) -> None:
    work, stored = await finished(store)
    another = as_input(stored)
    another.sha256 = "0" * 64
    with pytest.raises(errors.ArtifactDamaged):
        await work.manifest_of(another)


async def test_an_earlier_attempt_is_found_by_its_manifest(store: ArtifactStore) -> None:
    _, stored = await finished(store, attempt=2)
    await Work(an_assignment(3), store).put("half.png", b"half", "image/png")
    found = await Work(an_assignment(4), store).earlier()
    assert found is not None
    assert found[0].key == stored.key
    assert await Work(an_assignment(2), store).earlier() is None, "its own manifest is no earlier one"


async def test_a_damaged_manifest_was_not_made(store: ArtifactStore, tmp_path: Path) -> None:
    _, whole = await finished(store, attempt=1)
    _, damaged = await finished(store, attempt=2)
    (tmp_path / f"{damaged.key}@" / manifest.NAME).write_bytes(b"{")
    found = await Work(an_assignment(3), store).earlier()
    assert found is not None
    assert found[0].key == whole.key


async def test_what_is_no_longer_wanted_writes_nothing(store: ArtifactStore) -> None:
    work = Work(an_assignment(), store)
    assert not work.stopping()
    work.check()
    work.stop()
    assert work.stopping()
    for late in (
        work.put("late.png", b"", "image/png"),
        work.finish(Result("toy")),
        work.compute(lambda: 1),
    ):
        with pytest.raises(errors.Stopped):
            await late
    assert [entry async for entry in store.list(PREFIX)] == []


@given(st.lists(st.floats()))
def test_progress_only_rises_and_stays_in_its_bounds(said: list[float]) -> None:
    work = Work(an_assignment(), store=None)  # type: ignore[arg-type]
    before = 0.0
    for fraction in said:
        work.progress(fraction)
        assert before <= work.fraction <= 1.0
        before = work.fraction


async def test_computing_blocks_a_thread_and_nobody_else(store: ArtifactStore) -> None:
    work, release = Work(an_assignment(), store), threading.Event()
    computing = asyncio.create_task(work.compute(release.wait, 10))
    release.set()
    assert await computing
    with pytest.raises(ZeroDivisionError):
        await work.compute(lambda: 1 / 0)


async def test_a_thread_that_nobody_waits_for_is_waited_for_in_the_end(store: ArtifactStore) -> None:
    work, release = Work(an_assignment(), store), threading.Event()
    computing = asyncio.create_task(work.compute(release.wait, 10))
    await asyncio.sleep(0)
    computing.cancel()
    await asyncio.wait([computing])
    ending = asyncio.create_task(work.ended())
    await asyncio.wait([ending], timeout=0.05)
    assert not ending.done()
    release.set()
    await asyncio.wait_for(ending, 5)


async def test_many_files_are_written_by_name(store: ArtifactStore) -> None:
    work = Work(an_assignment(), store)
    await put_all(work, {f"{number:04}.png": bytes([number]) for number in range(20)}, "frames")
    await put_all(work, {"clip.json": b"{}"})
    assert {output.name for output in work.outputs} == {f"frames/{n:04}.png" for n in range(20)} | {"clip.json"}
    assert {output.media_type for output in work.outputs} == {"image/png", "application/json"}


async def test_the_first_of_many_files_that_fails_says_why(store: ArtifactStore) -> None:
    work = Work(an_assignment(), store)
    work.stop()
    with pytest.raises(errors.Stopped):
        await put_all(work, {"a.png": b"", "b.png": b""})


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"version": 2}', b'{"version": 1}', b"\xff"])
def test_what_is_no_manifest_is_damaged(data: bytes) -> None:
    with pytest.raises(errors.ArtifactDamaged):
        manifest.parse(data)
