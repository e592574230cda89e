"""CutOut and Crop: a picture is read within limits, its character found, and all of it stored by digest."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import grpc

from popcon.catalog import limits
from popcon.errors import InvalidRequest, NotFound, PictureTooLarge, PictureUnreadable
from popcon.imaging.arrays import Box
from popcon.jail import Escaped, Jail
from popcon.manifest import Output
from popcon.storage import ArtifactStore, keys
from popcon.telemetry import log
from popcon.v1 import common_pb2, startframe_pb2, startframe_pb2_grpc
from services.startframe.cutting import Cut, cut_to_bytes

NAMES = [service.full_name for service in startframe_pb2.DESCRIPTOR.services_by_name.values()]


class StartFrames(startframe_pb2_grpc.StartFrameServiceServicer):
    """`decodes` bounds how many pictures are in memory at once. They are read in `jail`."""

    def __init__(self, store: ArtifactStore, decodes: int, jail: Jail) -> None:
        self._store = store
        self._jail = jail
        self._decoding = asyncio.Semaphore(decodes)

    async def CutOut(
        self,
        request_iterator: AsyncIterator[startframe_pb2.CutOutRequest],
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> startframe_pb2.CutOutResponse:
        owner, data = await _receive(request_iterator)
        return startframe_pb2.CutOutResponse(picture=await self._picture(owner, data, None))

    async def Crop(
        self, request: startframe_pb2.CropRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> startframe_pb2.CropResponse:
        key, box = request.source.key, request.box
        if not key.startswith(keys.owner_prefix(request.owner) + "/"):
            raise NotFound("There is no such picture of this owner; upload it first.", field="picture")
        data = await self._store.get(key)
        within = (box.left, box.top, box.right, box.bottom)
        return startframe_pb2.CropResponse(picture=await self._picture(request.owner, data, within))

    async def _picture(self, owner: str, data: bytes, within: Box | None) -> common_pb2.Picture:
        async with self._decoding:
            found = await self._cut(data, within)
        digest = hashlib.sha256(data).hexdigest()
        source = await self._store.put(keys.picture_key(owner, digest, "source"), data, found.media_type)
        return common_pb2.Picture(
            owner=owner,
            source=Output.of("source", source).to_proto(),
            cutout=await self._keep(owner, digest, "cutout", found.cutout),
            thumbnail=await self._keep(owner, digest, "thumbnail", found.thumbnail),
            width=found.width,
            height=found.height,
            box=_message(found.box),
            crop=_message(within) if within else None,
            background=found.background,
        )

    async def _cut(self, data: bytes, within: Box | None) -> Cut:
        try:
            return Cut.from_bytes(await self._jail.run(cut_to_bytes, data, within))
        except (Escaped, ValueError, KeyError) as error:
            log.warning("a picture was too much for its reader", reason=str(error))
            raise PictureUnreadable(
                "The picture takes more time or memory to read than any should; save it again as PNG, and smaller.",
                field="picture",
            ) from error

    async def _keep(self, owner: str, digest: str, name: str, png: bytes) -> common_pb2.Artifact:
        # Named by its own digest: a later version of the cut-out may find the character better in the same picture.
        key = keys.picture_key(owner, digest, f"{name}-{hashlib.sha256(png).hexdigest()[:16]}.png")
        return Output.of(f"{name}.png", await self._store.put(key, png, "image/png")).to_proto()


async def _receive(pieces: AsyncIterator[startframe_pb2.CutOutRequest]) -> tuple[str, bytes]:
    owner, data = "", bytearray()
    async for piece in pieces:
        owner = owner or piece.owner
        data += piece.chunk
        if len(data) > limits.PICTURE_MAX_BYTES:
            raise PictureTooLarge(
                f"The picture has more than {limits.PICTURE_MAX_BYTES // 1_000_000} MB; save it smaller.",
                field="picture",
            )
    if not owner:
        raise InvalidRequest("The first piece names the owner.", field="owner")
    return owner, bytes(data)


def _message(box: Box) -> common_pb2.Box:
    left, top, right, bottom = box
    return common_pb2.Box(left=left, top=top, right=right, bottom=bottom)
