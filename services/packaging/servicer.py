"""Check: a finished pack is held against its target's rules, by decoding it in the jail."""

import json
from collections.abc import AsyncIterator
from typing import Any

import grpc

from popcon.catalog import limits
from popcon.errors import InvalidRequest, TooLarge
from popcon.jail import Escaped, Jail, Limits
from popcon.telemetry import log
from popcon.v1 import packaging_pb2, packaging_pb2_grpc, sets_pb2
from services.packaging.checking import check

NAMES = [service.full_name for service in packaging_pb2.DESCRIPTOR.services_by_name.values()]


CHECKER = Limits(memory_bytes=2_000_000_000, seconds=50)
_TOO_MUCH = "The pack takes more time or memory to read than any should; pack it again."


class Packagings(packaging_pb2_grpc.PackagingServiceServicer):
    """Packs are read in `jail`."""

    def __init__(self, jail: Jail) -> None:
        self._jail = jail

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
        try:
            found_target, breaches = json.loads(await self._jail.run(check, bytes(data), target))
            found = [sets_pb2.Breach(**breach) for breach in breaches]
            return packaging_pb2.CheckResponse(target=found_target, breaches=found)
        except (Escaped, ValueError, TypeError) as error:
            log.warning("a pack was too much for its reader", reason=str(error))
            raise InvalidRequest(_TOO_MUCH, field="pack") from error
