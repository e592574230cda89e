"""Matte, MatteFrames and Describe: mattes of single frames, called directly."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from popcon.errors import PictureTooLarge, UnknownBackend
from popcon.imaging.decode import decode_picture
from popcon.imaging.png import encode_png
from popcon.imaging.resize import over
from popcon.v1 import matting_pb2 as pb
from popcon.v1 import matting_pb2_grpc
from services.matting.engine import matte_frame

NAMES = [service.full_name for service in pb.DESCRIPTOR.services_by_name.values()]
IMAGE_MAX_BYTES = 3_000_000
BACKENDS = ("classic",)
"""What can make a matte of a frame without alpha."""

Context = grpc.aio.ServicerContext[Any, Any]


class Mattings(matting_pb2_grpc.MattingServiceServicer):
    """One frame is worked on at a time: the rest waits in gRPC's flow control, not in memory."""

    def __init__(self) -> None:
        self._working = asyncio.Semaphore(1)

    async def Matte(self, request: pb.MatteRequest, context: Context) -> pb.MatteResponse:
        pristine, finished = await self._matte(request.image, request.backend)
        return pb.MatteResponse(pristine=pristine, finished=finished, backend=BACKENDS[0])

    async def MatteFrames(
        self, request_iterator: AsyncIterator[pb.MatteFramesRequest], context: Context
    ) -> AsyncIterator[pb.MatteFramesResponse]:
        backend = ""
        async for request in request_iterator:
            backend = backend or request.backend
            pristine, finished = await self._matte(request.image, backend)
            yield pb.MatteFramesResponse(index=request.index, pristine=pristine, finished=finished)

    async def Describe(self, request: pb.DescribeRequest, context: Context) -> pb.DescribeResponse:
        return pb.DescribeResponse(backends=BACKENDS, default_backend=BACKENDS[0])

    async def _matte(self, image: bytes, backend: str) -> tuple[bytes, bytes]:
        if backend not in ("", "auto", *BACKENDS):
            raise UnknownBackend(f"There is no backend {backend} here; choose {', '.join(BACKENDS)}.", field="backend")
        if len(image) > IMAGE_MAX_BYTES:
            raise PictureTooLarge(
                f"A frame has at most {IMAGE_MAX_BYTES // 1_000_000} MB; send it smaller.", field="image"
            )
        async with self._working:
            return await asyncio.to_thread(_compute, image)


def _compute(image: bytes) -> tuple[bytes, bytes]:
    pristine, finished = matte_frame(over(decode_picture(image), (255, 255, 255)))
    return encode_png(pristine), encode_png(finished)
