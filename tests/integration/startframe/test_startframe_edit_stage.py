"""A startframe run that applies an edit, from a take in the store to a new one."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from popcon.errors import InvalidRequest
from popcon.imaging.png import decode_png, encode_png
from popcon.storage import ArtifactStore, open_store
from popcon.v1 import common_pb2, runs_pb2
from services.startframe.stage import StartFrameStage
from tests.fixtures.runs import MASK, handled, made

BOX = common_pb2.Box(left=4, top=4, right=12, bottom=10)
INSIDE = np.s_[4:10, 4:12]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ArtifactStore]:
    store = open_store(f"file://{tmp_path}")
    yield store
    await store.close()


def take(shade: int) -> np.ndarray:
    picture = np.zeros((20, 20, 4), np.uint8)
    picture[2:18, 2:18] = (shade, 90, 60, 255)
    return picture


async def start_frames(store: ArtifactStore) -> common_pb2.Artifact:
    return await made(store, "startframe", {f"takes/{number}.png": encode_png(take(40 * number)) for number in (1, 2)})


async def edited(
    store: ArtifactStore, base: common_pb2.Artifact, from_take: int, number: int, *operations: runs_pb2.Operation
) -> tuple[common_pb2.Artifact, dict[str, np.ndarray]]:
    work = runs_pb2.StartFrameWork(base=base, base_take=from_take, operations=operations, takes=1)
    result, manifest, written = await handled(store, StartFrameStage(), "startframe", number, startframe=work)
    assert (result.backend, result.takes, result.thumbnail) == ("edit", 1, "takes/1.png")
    return manifest, {name: decode_png(data) for name, data in written.items()}


async def test_an_edit_makes_one_take_of_the_one_that_it_starts_from(store: ArtifactStore) -> None:
    erase = runs_pb2.Operation(kind="erase", box=BOX)
    _, files = await edited(store, await start_frames(store), 2, 2, erase)
    wanted = take(80)
    wanted[INSIDE] = 0
    assert set(files) == {"takes/1.png", "pristine.png"}
    assert (files["takes/1.png"] == wanted).all()
    assert (files["pristine.png"] == take(80)).all()


async def test_a_later_edit_restores_what_an_earlier_one_erased(store: ArtifactStore) -> None:
    erased, _ = await edited(store, await start_frames(store), 2, 2, runs_pb2.Operation(kind="erase"))
    _, files = await edited(store, erased, 1, 3, runs_pb2.Operation(kind="restore", box=BOX))
    wanted = np.zeros((20, 20, 4), np.uint8)
    wanted[INSIDE] = take(80)[INSIDE]
    assert (files["takes/1.png"] == wanted).all()
    assert (files["pristine.png"] == take(80)).all()


async def test_strokes_and_masks_apply_in_order(store: ArtifactStore) -> None:
    grey = np.zeros((20, 20), np.uint8)
    grey[INSIDE] = 255
    await store.put(MASK, encode_png(grey), "image/png")
    along = runs_pb2.Stroke(points=[runs_pb2.Point(x=0, y=7), runs_pb2.Point(x=20, y=7)], radius=40)
    erase, restore = runs_pb2.Operation(kind="erase", strokes=[along]), runs_pb2.Operation(kind="restore", mask=MASK)
    _, files = await edited(store, await start_frames(store), 1, 2, erase, restore)
    wanted = np.zeros((20, 20, 4), np.uint8)
    wanted[INSIDE] = take(40)[INSIDE]
    assert (files["takes/1.png"] == wanted).all()


async def test_a_start_frame_has_no_effects_to_drop(store: ArtifactStore) -> None:
    drop = runs_pb2.Operation(kind="drop_effect", effects=[runs_pb2.EffectRef(frame=0, number=1)])
    with pytest.raises(InvalidRequest):
        await edited(store, await start_frames(store), 1, 2, drop)
