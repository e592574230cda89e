"""A matte run that applies an edit, from an earlier matte in the store to a new one."""

import json
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from popcon.imaging.clip import Clip, decode_clip, encode_clip
from popcon.imaging.png import encode_png
from popcon.storage import ArtifactStore, open_store
from popcon.v1 import common_pb2, runs_pb2
from services.matting.engine import Engine, Matte
from services.matting.stage import MatteStage, encode_effects
from services.matting.vfx import Element
from tests.fixtures.runs import MASK, handled, made

SIDE = 24
EFFECT = np.s_[2:6, 2:6]
STAGE = MatteStage(Engine())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ArtifactStore]:
    store = open_store(f"file://{tmp_path}")
    yield store
    await store.close()


def mattes() -> list[Matte]:
    """Two frames; an effect was put back in the first one."""
    pristine, finished = np.zeros((2, SIDE, SIDE, 4), np.uint8)
    pristine[10:20, 8:16] = (90, 80, 70, 255)
    finished[10:20, 8:16] = (91, 81, 71, 250)
    rescued = finished.copy()
    rescued[EFFECT] = (250, 40, 40, 200)
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[EFFECT] = True
    return [Matte(pristine, rescued, (Element(mask, (2, 2, 6, 6), 0.9, "colour"),)), Matte(pristine, finished)]


def clip(*frames: np.ndarray) -> Clip:
    return Clip(list(frames), [Fraction(1, 12)] * len(frames))


async def matte_run(store: ArtifactStore) -> common_pb2.Artifact:
    folders = {"pristine": [each.pristine for each in mattes()], "finished": [each.finished for each in mattes()]}
    clips = {
        f"{folder}/{name}": data
        for folder, frames in folders.items()
        for name, data in encode_clip(clip(*frames)).items()
    }
    return await made(store, "matte", clips | encode_effects(mattes()))


async def edited(
    store: ArtifactStore, base: common_pb2.Artifact, number: int, *operations: runs_pb2.Operation
) -> tuple[common_pb2.Artifact, dict[str, bytes]]:
    work = runs_pb2.MatteWork(base=base, operations=operations)
    result, manifest, written = await handled(store, STAGE, "matte", number, matte=work)
    assert (result.backend, result.details) == ("edit", {"frames": 2, "operations": len(operations)})
    return manifest, written


def switch(kind: str) -> runs_pb2.Operation:
    return runs_pb2.Operation(kind=kind, effects=[runs_pb2.EffectRef(frame=0, number=1)])


def frames(files: dict[str, bytes], folder: str) -> np.ndarray:
    inside = {name.removeprefix(f"{folder}/"): data for name, data in files.items() if name.startswith(f"{folder}/")}
    return np.stack(decode_clip(inside).frames)


async def test_an_edited_matte_carries_the_effects_and_the_pristine_matte_on(store: ArtifactStore) -> None:
    base = await matte_run(store)
    erase = runs_pb2.Operation(kind="erase", box=common_pb2.Box(left=0, top=0, right=4, bottom=24))
    _, files = await edited(store, base, 2, erase)
    told = encode_effects(mattes())
    assert json.loads(files["effects.json"]) == json.loads(told["effects.json"])
    assert files["effects/0000.png"] == told["effects/0000.png"]
    assert (frames(files, "pristine") == np.stack([each.pristine for each in mattes()])).all()
    wanted = np.stack([each.finished for each in mattes()])
    assert (frames(files, "rescued") == wanted).all()
    wanted[:, :, :4] = 0
    assert (frames(files, "finished") == wanted).all()


async def test_an_effect_that_was_dropped_comes_back_exactly_in_a_later_edit(store: ArtifactStore) -> None:
    base = await matte_run(store)
    dropped, files = await edited(store, base, 2, switch("drop_effect"))
    assert not frames(files, "finished")[0][EFFECT].any()
    (effect,) = json.loads(files["effects.json"])["rescued"][0]["effects"]
    assert effect["dropped"] is True
    _, files = await edited(store, dropped, 3, switch("keep_effect"))
    assert (frames(files, "finished") == np.stack([each.finished for each in mattes()])).all()
    assert json.loads(files["effects.json"]) == json.loads(encode_effects(mattes())["effects.json"])


async def test_a_mask_is_read_from_the_store(store: ArtifactStore) -> None:
    base = await matte_run(store)
    grey = np.zeros((SIDE, SIDE), np.uint8)
    grey[EFFECT] = 255
    await store.put(MASK, encode_png(grey), "image/png")
    _, files = await edited(store, base, 2, runs_pb2.Operation(kind="erase", mask=MASK, frames=[0]))
    wanted = np.stack([each.finished for each in mattes()])
    wanted[0][EFFECT] = 0
    assert (frames(files, "finished") == wanted).all()


async def test_restoring_after_an_earlier_edit_erased_gives_the_pristine_pixels(store: ArtifactStore) -> None:
    base = await matte_run(store)
    erased, files = await edited(store, base, 2, runs_pb2.Operation(kind="erase"))
    assert not frames(files, "finished").any()
    _, files = await edited(store, erased, 3, runs_pb2.Operation(kind="restore"))
    assert (frames(files, "finished") == frames(files, "pristine")).all()


async def test_a_matte_without_effects_keeps_no_second_copy(store: ArtifactStore) -> None:
    plain = [Matte(each.pristine, each.pristine) for each in mattes()]
    clips = {f"{folder}/{name}": data for folder in ("pristine", "finished") for name, data in
             encode_clip(clip(*(each.pristine for each in plain))).items()}  # fmt: skip
    base = await made(store, "matte", clips | encode_effects(plain))
    _, files = await edited(store, base, 2, runs_pb2.Operation(kind="erase"))
    assert {name.split("/")[0] for name in files} == {"pristine", "finished", "effects.json"}
