"""WebhookService and DeliveryService."""

from popcon import errors
from popcon.v1 import webhooks_pb2 as pb
from popcon.v1 import webhooks_pb2_grpc
from services.orchestrator.servicers.desk import Context, Desk
from services.orchestrator.webhooks import claims, deliveries, endpoints
from services.orchestrator.webhooks.endpoints import Endpoints
from services.orchestrator.webhooks.secrets import Secrets

CLAIM_MAX = 100


class Webhooks(webhooks_pb2_grpc.WebhookServiceServicer):
    def __init__(self, desk: Desk, made: Endpoints) -> None:
        self._desk = desk
        self._endpoints = made

    async def CreateWebhook(self, request: pb.CreateWebhookRequest, context: Context) -> pb.CreateWebhookResponse:
        webhook, secret = await self._desk.apply(
            lambda tx: self._endpoints.create(tx, request.owner, request.url, request.name, request.types)
        )
        return pb.CreateWebhookResponse(webhook=webhook, secret=secret)

    async def ListWebhooks(self, request: pb.ListWebhooksRequest, context: Context) -> pb.ListWebhooksResponse:
        found = await self._desk.read(lambda tx: endpoints.listed(tx, request.owner))
        return pb.ListWebhooksResponse(webhooks=found)

    async def GetWebhook(self, request: pb.GetWebhookRequest, context: Context) -> pb.GetWebhookResponse:
        webhook = await self._desk.read(lambda tx: endpoints.get(tx, request.owner, request.webhook_id))
        return pb.GetWebhookResponse(webhook=webhook)

    async def DeleteWebhook(self, request: pb.DeleteWebhookRequest, context: Context) -> pb.DeleteWebhookResponse:
        webhook = await self._desk.apply(lambda tx: endpoints.delete(tx, request.owner, request.webhook_id))
        return pb.DeleteWebhookResponse(webhook=webhook)

    async def RotateWebhook(self, request: pb.RotateWebhookRequest, context: Context) -> pb.RotateWebhookResponse:
        webhook, secret = await self._desk.apply(
            lambda tx: self._endpoints.rotate(tx, request.owner, request.webhook_id, request.grace_s)
        )
        return pb.RotateWebhookResponse(webhook=webhook, secret=secret)

    async def TestWebhook(self, request: pb.TestWebhookRequest, context: Context) -> pb.TestWebhookResponse:
        delivery = await self._desk.apply(lambda tx: endpoints.test(tx, request.owner, request.webhook_id))
        return pb.TestWebhookResponse(delivery=delivery)

    async def ListDeliveries(self, request: pb.ListDeliveriesRequest, context: Context) -> pb.ListDeliveriesResponse:
        return await self._desk.read(lambda tx: deliveries.list_page(tx, request))

    async def Redeliver(self, request: pb.RedeliverRequest, context: Context) -> pb.RedeliverResponse:
        delivery = await self._desk.apply(
            lambda tx: deliveries.redeliver(tx, request.owner, request.webhook_id, request.delivery_id)
        )
        return pb.RedeliverResponse(delivery=delivery)


class Deliveries(webhooks_pb2_grpc.DeliveryServiceServicer):
    def __init__(self, desk: Desk, secrets: Secrets) -> None:
        self._desk = desk
        self._secrets = secrets

    async def ClaimDeliveries(self, request: pb.ClaimDeliveriesRequest, context: Context) -> pb.ClaimDeliveriesResponse:
        if not 1 <= request.limit <= CLAIM_MAX:
            raise errors.InvalidRequest(f"The limit must be 1 to {CLAIM_MAX}.", field="limit")
        if not await self._desk.read(claims.any_due):
            return pb.ClaimDeliveriesResponse()
        taken = await self._desk.apply(lambda tx: claims.claim(tx, self._secrets, request.limit))
        return pb.ClaimDeliveriesResponse(deliveries=taken)

    async def ReportDelivery(self, request: pb.ReportDeliveryRequest, context: Context) -> pb.ReportDeliveryResponse:
        return pb.ReportDeliveryResponse(taken=await self._desk.apply(lambda tx: claims.report(tx, request)))
