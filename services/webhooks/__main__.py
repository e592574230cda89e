"""`python -m services.webhooks`: any number of these may run."""

import httpx

from popcon import rpc, server
from popcon.v1 import webhooks_pb2_grpc
from services.webhooks.deliverer import Deliverer
from services.webhooks.network import Network
from services.webhooks.sender import Sender
from services.webhooks.settings import DelivererSettings


async def serve(settings: DelivererSettings, service: server.Service) -> None:
    """Sends deliveries until it is told to stop; then ends those in hand."""
    # SSL_CERT_FILE names the authorities, where it is set; else they are certifi's.
    tls = httpx.create_ssl_context()
    allow_private = settings.webhook_allow_private
    async with (
        rpc.connect(settings.orchestrator) as channel,
        Sender(Network(allow_private=allow_private), tls, allow_http=allow_private) as sender,
    ):
        deliveries = webhooks_pb2_grpc.DeliveryServiceStub(channel)
        deliverer = Deliverer(deliveries, sender, slots=settings.webhook_slots, grace_s=settings.grace_s)
        await service.set_ready(True)
        await deliverer.run(service.stop)
        await service.set_ready(False)


if __name__ == "__main__":
    server.run("webhooks", DelivererSettings, serve)
