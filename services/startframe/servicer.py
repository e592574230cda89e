"""CutOut: an uploaded picture is read within limits, its character found, and both stored by digest."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import grpc

from popcon.catalog import limits
from popcon.errors import InvalidRequest, PictureTooLarge
from popcon.imaging.cutout import CutOut, cut_out
from popcon.imaging.decode import decode_picture, sniff_media_type
from popcon.imaging.png import encode_png
from popcon.manifest import Output
from popcon.storage import ArtifactStore, keys
from popcon.v1 import common_pb2, startframe_pb2, startframe_pb2_grpc

NAMES = [service.full_name for service in startframe_pb2.DESCRIPTOR.services_by_name.values()]


class StartFrames(startframe_pb2_grpc.StartFrameServiceServicer):
    """`decodes` bounds how many pictures are in memory at once."""

    def __init__(self, store: ArtifactStore, decodes: int) -> None:
        self._store = store
        self._decoding = asyncio.Semaphore(decodes)

    async def CutOut(
        self,
        request_iterator: AsyncIterator[startframe_pb2.CutOutRequest],
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> startframe_pb2.CutOutResponse:
        owner, data = await _receive(request_iterator)
        async with self._decoding:
            width, height, media_type, found, png = await asyncio.to_thread(_cut_out, data)
        source, cutout = await self._keep(owner, data, media_type, png)
        left, top, right, bottom = found.box
        picture = common_pb2.Picture(
            owner=owner,
            source=source,
            cutout=cutout,
            width=width,
            height=height,
            box=common_pb2.Box(left=left, top=top, right=right, bottom=bottom),
            background=found.background,
        )
        return startframe_pb2.CutOutResponse(picture=picture)

    async def _keep(
        self, owner: str, data: bytes, media_type: str, png: bytes
    ) -> tuple[common_pb2.Artifact, common_pb2.Artifact]:
        digest = hashlib.sha256(data).hexdigest()
        # Named by its own digest: a later version of the cut-out may find the character better in the same picture.
        name = f"cutout-{hashlib.sha256(png).hexdigest()[:16]}.png"
        source = await self._store.put(keys.picture_key(owner, digest, "source"), data, media_type)
        cutout = await self._store.put(keys.picture_key(owner, digest, name), png, "image/png")
        return Output.of("source", source).to_proto(), Output.of("cutout.png", cutout).to_proto()


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


def _cut_out(data: bytes) -> tuple[int, int, str, CutOut, bytes]:
    rgba = decode_picture(data)
    found = cut_out(rgba)
    return rgba.shape[1], rgba.shape[0], sniff_media_type(data), found, encode_png(found.image)
