"""Whom the gateway asks: stubs of the services, the store, and one way to call."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from popcon import rpc
from popcon.storage import ArtifactStore
from popcon.v1 import (
    access_pb2_grpc,
    dead_letters_pb2_grpc,
    edits_pb2_grpc,
    jobs_pb2_grpc,
    matting_pb2_grpc,
    motion_pb2_grpc,
    owners_pb2_grpc,
    packaging_pb2_grpc,
    reservations_pb2_grpc,
    sets_pb2_grpc,
    startframe_pb2_grpc,
    webhooks_pb2_grpc,
)
from services.gateway.settings import GatewaySettings

PATIENCE_S = 5.0
"""How long a call is repeated while the service it needs is away: long enough for a restart, short for a person."""


@dataclass(frozen=True)
class Links:
    """`stop` is set when the process should end, so that streams can end at once."""

    access: Any
    owners: Any
    pictures: Any
    jobs: Any
    edits: Any
    sets: Any
    dead_letters: Any
    reservations: Any
    webhooks: Any
    startframe: Any
    motion: Any
    matting: Any
    packaging: Any
    store: ArtifactStore
    stop: asyncio.Event


@contextlib.asynccontextmanager
async def open_links(settings: GatewaySettings, store: ArtifactStore, stop: asyncio.Event) -> AsyncIterator[Links]:
    """Channels to every service; they connect by themselves when first used."""
    async with contextlib.AsyncExitStack() as stack:
        orchestrator, startframe, motion, matting, packaging = [
            await stack.enter_async_context(rpc.connect(address, settings.certificates))
            for address in (
                settings.orchestrator,
                settings.startframe,
                settings.motion,
                settings.matting,
                settings.packaging,
            )
        ]
        yield Links(
            access=access_pb2_grpc.AccessServiceStub(orchestrator),
            owners=owners_pb2_grpc.OwnerServiceStub(orchestrator),
            pictures=jobs_pb2_grpc.PictureServiceStub(orchestrator),
            jobs=jobs_pb2_grpc.JobServiceStub(orchestrator),
            edits=edits_pb2_grpc.EditServiceStub(orchestrator),
            sets=sets_pb2_grpc.SetServiceStub(orchestrator),
            dead_letters=dead_letters_pb2_grpc.DeadLetterServiceStub(orchestrator),
            reservations=reservations_pb2_grpc.ReservationServiceStub(orchestrator),
            webhooks=webhooks_pb2_grpc.WebhookServiceStub(orchestrator),
            startframe=startframe_pb2_grpc.StartFrameServiceStub(startframe),
            motion=motion_pb2_grpc.MotionServiceStub(motion),
            matting=matting_pb2_grpc.MattingServiceStub(matting),
            packaging=packaging_pb2_grpc.PackagingServiceStub(packaging),
            store=store,
            stop=stop,
        )


async def read(method: Any, request: Any, *, timeout_s: float = 10.0) -> Any:
    """A call that changes nothing, or nothing more when it is repeated."""
    return await rpc.call(method, request, timeout_s=timeout_s, patience_s=PATIENCE_S)


async def write(method: Any, request: Any, *, repeatable: bool) -> Any:
    """A call that changes something. Unless `repeatable`, it is made once: it may have arrived without an answer."""
    return await rpc.call(method, request, patience_s=PATIENCE_S if repeatable else 0.0)
