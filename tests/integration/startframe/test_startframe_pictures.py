"""Pictures over gRPC: what is found in them, what is stored, and what is refused."""

import io
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from PIL import Image, ImageDraw

from popcon import errors, rpc, server
from popcon.config import Settings
from popcon.storage import ArtifactStore, open_store
from popcon.v1 import common_pb2, startframe_pb2, startframe_pb2_grpc
from services.startframe.servicer import StartFrames
from services.startframe.settings import StartFrameSettings

JAIL = StartFrameSettings().jail
SIZE = (400, 200)
RED, BLUE = (80, 60, 140, 150), (260, 50, 340, 160)
"""Two characters on white, left and right."""


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return open_store(f"file://{tmp_path}/artifacts")


@pytest.fixture
async def startframe(store: ArtifactStore) -> AsyncIterator[startframe_pb2_grpc.StartFrameServiceStub]:
    def register(target: grpc.aio.Server) -> None:
        startframe_pb2_grpc.add_StartFrameServiceServicer_to_server(StartFrames(store, 1, JAIL), target)

    service = server.Service("startframe", Settings(grace_s=0.1))
    async with service.grpc("127.0.0.1:0", [], register) as port, rpc.connect(f"127.0.0.1:{port}") as channel:
        yield startframe_pb2_grpc.StartFrameServiceStub(channel)
    await store.close()


def two_characters() -> bytes:
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse(RED, "#c02020", "#400000", 4)
    draw.ellipse(BLUE, "#2040c0", "#000040", 4)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


async def cut_out(stub: Any, data: bytes, owner: str = "local") -> common_pb2.Picture:
    async def pieces() -> AsyncIterator[startframe_pb2.CutOutRequest]:
        for at in range(0, len(data), 1000):
            yield startframe_pb2.CutOutRequest(owner=owner if at == 0 else "", chunk=data[at : at + 1000])

    return (await stub.CutOut(pieces())).picture  # type: ignore[no-any-return]


async def crop(stub: Any, source: common_pb2.Artifact, box: Iterable[int], owner: str = "local") -> common_pb2.Picture:
    left, top, right, bottom = box
    within = common_pb2.Box(left=left, top=top, right=right, bottom=bottom)
    request = startframe_pb2.CropRequest(owner=owner, source=source, box=within)
    return (await rpc.call(stub.Crop, request)).picture  # type: ignore[no-any-return]


async def pixels(store: ArtifactStore, artifact: common_pb2.Artifact) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(await store.get(artifact.key))).convert("RGBA"))


def edges(box: common_pb2.Box) -> list[int]:
    return [box.left, box.top, box.right, box.bottom]


async def test_a_picture_is_kept_with_its_character_large_and_small(store: ArtifactStore, startframe: Any) -> None:
    data = two_characters()
    picture = await cut_out(startframe, data)
    assert await store.get(picture.source.key) == data
    assert (picture.width, picture.height, picture.background) == (*SIZE, "plain")
    assert edges(picture.box) == pytest.approx([80, 50, 341, 161], abs=1)
    assert not picture.HasField("crop")
    large, small = await pixels(store, picture.cutout), await pixels(store, picture.thumbnail)
    assert large.shape[:2] == (picture.box.bottom - picture.box.top, picture.box.right - picture.box.left)
    assert max(small.shape) == 256
    assert small[0, -1, 3] == 0
    assert small.shape[1] / small.shape[0] == pytest.approx(large.shape[1] / large.shape[0], rel=0.02)


async def test_a_crop_holds_what_is_in_its_box(store: ArtifactStore, startframe: Any) -> None:
    whole = await cut_out(startframe, two_characters())
    found = await crop(startframe, whole.source, (200, 0, 400, 200))
    assert (found.source, found.width, found.height) == (whole.source, *SIZE)
    assert edges(found.crop) == [200, 0, 400, 200]
    assert edges(found.box) == pytest.approx([260, 50, 341, 161], abs=1)
    seen = await pixels(store, found.cutout)
    assert tuple(seen[seen.shape[0] // 2, seen.shape[1] // 2]) == (0x20, 0x40, 0xC0, 255)
    assert max((await pixels(store, found.thumbnail)).shape) == max(seen.shape)


async def test_the_same_crop_again_is_the_same(startframe: Any) -> None:
    whole = await cut_out(startframe, two_characters())
    first = await crop(startframe, whole.source, (200, 0, 400, 200))
    assert await crop(startframe, first.source, (200, 0, 400, 200)) == first


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 401, 200),
        (0, 0, 400, 201),
        (-1, 0, 20, 20),
        (50, 50, 50, 90),
        (90, 50, 40, 90),
        (0, 0, 15, 200),
        (0, 0, 0, 0),
    ],
)
async def test_a_box_that_does_not_fit_is_refused(startframe: Any, box: tuple[int, ...]) -> None:
    whole = await cut_out(startframe, two_characters())
    with pytest.raises(errors.InvalidRequest) as refused:
        await crop(startframe, whole.source, box)
    assert refused.value.field == "box"


async def test_a_box_around_nothing_is_blank(startframe: Any) -> None:
    whole = await cut_out(startframe, two_characters())
    with pytest.raises(errors.PictureBlank, match="around the character") as refused:
        await crop(startframe, whole.source, (0, 0, 60, 60))
    assert refused.value.field == "box"


async def test_the_picture_of_another_owner_cannot_be_cropped(startframe: Any) -> None:
    theirs = await cut_out(startframe, two_characters(), "somebody")
    for owner in ("local", "some", ""):
        with pytest.raises((errors.NotFound, errors.InvalidRequest)):
            await crop(startframe, theirs.source, (0, 0, 100, 100), owner)
    missing = common_pb2.Artifact(key=theirs.source.key.replace("somebody", "local"))
    with pytest.raises(errors.NotFound):
        await crop(startframe, missing, (0, 0, 100, 100))
