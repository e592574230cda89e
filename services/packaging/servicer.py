"""Check: a finished pack is held against its target's rules, by decoding it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import grpc

from popcon.catalog import limits
from popcon.errors import TooLarge, UnknownTarget
from popcon.v1 import packaging_pb2, packaging_pb2_grpc, sets_pb2
from services.packaging.checker import check_pack, detect_target

NAMES = [service.full_name for service in packaging_pb2.DESCRIPTOR.services_by_name.values()]


class Packagings(packaging_pb2_grpc.PackagingServiceServicer):
    async def Check(
        self,
        request_iterator: AsyncIterator[packaging_pb2.CheckRequest],
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> packaging_pb2.CheckResponse:
        target, data = "", bytearray()
        async for piece in request_iterator:
            target = target or piece.target
            data += piece.chunk
            if len(data) > limits.PACK_MAX_BYTES:
                raise TooLarge(f"A pack has at most {limits.PACK_MAX_BYTES // 1_000_000} MB.", field="pack")
        pack = bytes(data)
        found_target: str | None = target or await asyncio.to_thread(detect_target, pack)
        if not found_target:
            raise UnknownTarget("The pack does not tell its target: name it.", field="target")
        breaches = await asyncio.to_thread(check_pack, pack, found_target)
        found = [sets_pb2.Breach(**asdict(breach)) for breach in breaches]
        return packaging_pb2.CheckResponse(target=found_target, breaches=found)
