"""A worker's process: the stage loops beside the gRPC server, drained together."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import grpc

from popcon import server
from popcon.bus import Bus
from popcon.storage import ArtifactStore
from popcon.worker.claims import Claims
from popcon.worker.loop import StageLoop
from popcon.worker.settings import WorkerSettings
from popcon.worker.work import Handler

AWAY_S = 60.0
"""A worker without NATS for longer is not alive: a new process may reach it. What it works on is handed back."""


async def serve(
    settings: WorkerSettings,
    service: server.Service,
    store: ArtifactStore,
    handlers: Mapping[str, Handler],
    names: Sequence[str],
    register: Callable[[grpc.aio.Server], None],
) -> None:
    """Serves gRPC and works on runs of the handlers' stages until the service is told to stop."""
    bus, claims = Bus.of(settings, service.name), Claims(settings.orchestrator, settings.certificates)
    loops = [
        StageLoop(stage, handler, bus, claims, store, slots=settings.slots, grace_s=settings.grace_s)
        for stage, handler in handlers.items()
    ]
    service.watch(lambda: bus.trouble(AWAY_S))
    try:
        async with (
            server.background(service.stop_after(bus.lost())),
            service.grpc(settings.grpc_listen, names, register),
        ):
            opened = asyncio.create_task(bus.open())
            stopping = asyncio.create_task(service.stop.wait())
            await asyncio.wait({opened, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if opened.done():
                opened.result()
                await service.set_ready(True)
                async with asyncio.TaskGroup() as group:
                    for loop in loops:
                        group.create_task(loop.run(service.stop))
            else:
                opened.cancel()
            await service.set_ready(False)
    finally:
        await bus.close()
        await claims.close()
        await store.close()
