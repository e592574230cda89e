"""`python -m services.orchestrator`: serves gRPC, relays the outbox and reconciles."""

import asyncio

import grpc

from popcon import config, server
from popcon.bus import Bus
from popcon.v1 import (
    access_pb2,
    access_pb2_grpc,
    dead_letters_pb2,
    dead_letters_pb2_grpc,
    edits_pb2,
    edits_pb2_grpc,
    jobs_pb2,
    jobs_pb2_grpc,
    owners_pb2,
    owners_pb2_grpc,
    reservations_pb2,
    reservations_pb2_grpc,
    runs_pb2,
    runs_pb2_grpc,
    sets_pb2,
    sets_pb2_grpc,
    tasks_pb2,
    webhooks_pb2,
    webhooks_pb2_grpc,
)
from services.orchestrator import accounting, database
from services.orchestrator.door import Door
from services.orchestrator.keys import Keys
from services.orchestrator.reconciler import Reconciler
from services.orchestrator.relay import Relay
from services.orchestrator.servicers import access, dead_letters, edits, jobs, owners, reservations, runs, webhooks
from services.orchestrator.servicers.desk import Desk
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.sweeper import Sweeper
from services.orchestrator.sweeping.tools import Tools
from services.orchestrator.tx import Tx
from services.orchestrator.watch import Hub
from services.orchestrator.webhooks.endpoints import Endpoints
from services.orchestrator.webhooks.secrets import Secrets
from services.orchestrator.writer import Writer

_CONTRACTS = (
    *(access_pb2, owners_pb2, jobs_pb2, edits_pb2, sets_pb2),
    *(dead_letters_pb2, runs_pb2, reservations_pb2, webhooks_pb2),
)
NAMES = [service.full_name for contract in _CONTRACTS for service in contract.DESCRIPTOR.services_by_name.values()]


async def serve(settings: OrchestratorSettings, service: server.Service) -> None:
    database_url = settings.database_url.get_secret_value()
    await asyncio.to_thread(database.migrate, database_url)
    db, bus, hub = database.Database(database_url), Bus.of(settings, service.name), Hub()

    async def committed(tx: Tx) -> None:
        accounting.count(tx)
        if tx.queued:
            relay.wake()
        for job_id, seq in tx.woken.items():
            wake = tasks_pb2.Wake(job_id=job_id, seq=seq)
            await hub.wake(wake)
            await bus.wake(wake)

    async def open_bus() -> None:
        await bus.open()
        await bus.on_wake(hub.wake)
        await bus.keep_provisioned()

    writer = Writer(db, committed)
    relay = Relay(db, writer, bus, settings.backlog)
    reconciler = Reconciler(db, writer, bus, settings.reconcile_s, settings.lease_s, settings.timing)
    store = await asyncio.to_thread(config.open_store, settings)
    sweeper = Sweeper(Tools(db, writer, store, settings.ages), settings.sweep_s)
    desk, door = Desk(db, writer), Door(db, settings.limits)

    quota = settings.quota
    keys, secrets = Keys(settings.key_secret.get_secret_value()), Secrets(settings.key_secret.get_secret_value())
    endpoints = Endpoints(secrets, allow_http=settings.webhook_allow_private)

    def register(grpc_server: grpc.aio.Server) -> None:
        access_pb2_grpc.add_AccessServiceServicer_to_server(access.Access(desk, keys, quota), grpc_server)
        owners_pb2_grpc.add_OwnerServiceServicer_to_server(owners.Owners(desk, quota), grpc_server)
        jobs_pb2_grpc.add_PictureServiceServicer_to_server(jobs.Pictures(desk, quota), grpc_server)
        jobs_pb2_grpc.add_JobServiceServicer_to_server(jobs.Jobs(desk, hub, door, quota), grpc_server)
        edits_pb2_grpc.add_EditServiceServicer_to_server(edits.Edits(desk), grpc_server)
        sets_pb2_grpc.add_SetServiceServicer_to_server(edits.Sets(desk), grpc_server)
        dead_letters_pb2_grpc.add_DeadLetterServiceServicer_to_server(dead_letters.DeadLetters(desk), grpc_server)
        reservations_pb2_grpc.add_ReservationServiceServicer_to_server(reservations.Reservations(desk), grpc_server)
        runs_pb2_grpc.add_RunServiceServicer_to_server(runs.Runs(desk, hub, bus, settings.timing), grpc_server)
        webhooks_pb2_grpc.add_WebhookServiceServicer_to_server(webhooks.Webhooks(desk, endpoints), grpc_server)
        webhooks_pb2_grpc.add_DeliveryServiceServicer_to_server(webhooks.Deliveries(desk, secrets), grpc_server)

    beside = relay.run(), reconciler.run(), sweeper.run(), door.run()
    work = writer.run(), open_bus(), *beside, service.stop_after(bus.lost())
    # Left in the order opposite to this: calls drain before the writer that answers them goes.
    try:
        async with (
            server.background(*work),
            service.grpc(settings.grpc_listen, NAMES, register),
        ):
            await service.set_ready(True)
            await service.stop.wait()
            await service.set_ready(False)
            await hub.close()
    finally:
        await bus.close()
        await store.close()
        await db.close()


if __name__ == "__main__":
    server.run("orchestrator", OrchestratorSettings, serve)
