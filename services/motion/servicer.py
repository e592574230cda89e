"""Sample: a small moving sample of a direction."""

import asyncio
from typing import Any

import grpc

from popcon import backend
from popcon.errors import InvalidRequest
from popcon.imaging.arrays import Pixels
from popcon.imaging.png import decode_png
from popcon.storage import ArtifactStore
from popcon.v1 import motion_pb2, motion_pb2_grpc
from services.motion.sample import sample

NAMES = [service.full_name for service in motion_pb2.DESCRIPTOR.services_by_name.values()]
SIDE_MIN, SIDE_MAX, SIDE_DEFAULT = 32, 256, 128
KEPT = 128
"""Samples of the house character that are kept: a page shows one of every preset."""


class Motions(motion_pb2_grpc.MotionServiceServicer):
    def __init__(self, store: ArtifactStore) -> None:
        self._store = store
        self._drawing = asyncio.Semaphore(1)
        self._kept: dict[bytes, bytes] = {}

    async def Sample(
        self, request: motion_pb2.SampleRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> motion_pb2.SampleResponse:
        side = request.side or SIDE_DEFAULT
        if not SIDE_MIN <= side <= SIDE_MAX:
            raise InvalidRequest(f"The side of a sample is {SIDE_MIN} to {SIDE_MAX} pixels.", field="side")
        character = None
        if request.HasField("cutout"):
            character = decode_png(await self._store.get(request.cutout.key))
        async with self._drawing:
            data = await self._drawn(request, character, side)
        return motion_pb2.SampleResponse(data=data, media_type="image/webp")

    async def _drawn(self, request: motion_pb2.SampleRequest, character: Pixels | None, side: int) -> bytes:
        """A direction always gives the same sample, so that of the house character is drawn once."""
        asked = request.direction.SerializeToString(deterministic=True) + side.to_bytes(2, "big")
        if character is None and asked in self._kept:
            return self._kept[asked]
        data = await asyncio.to_thread(sample, backend.direction(request.direction), character, side)
        if character is None:
            if len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[asked] = data
        return data
