"""Webhooks of the caller's owner, and what was delivered to them."""

from typing import Annotated

from fastapi import APIRouter, Body, Query

from popcon import rest
from popcon.rest.common import Text
from popcon.v1 import webhooks_pb2 as pb
from services.gateway import openapi, webhooks_to_rest
from services.gateway.access import KnownRoute
from services.gateway.links import read, write
from services.gateway.params import DeliveryId, Owner, Services, WebhookId

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=KnownRoute)


@router.get("", summary="Every webhook", responses=openapi.problems())
async def list_webhooks(owner: Owner, links: Services) -> rest.WebhookList:
    """The owner's webhooks, without their secrets."""
    answer = await read(links.webhooks.ListWebhooks, pb.ListWebhooksRequest(owner=owner))
    return rest.WebhookList(webhooks=[webhooks_to_rest.webhook(each) for each in answer.webhooks])


@router.post("", summary="Make a webhook", status_code=201, responses=openapi.problems(409, 413, 415, 422))
async def create_webhook(asked: rest.NewWebhook, owner: Owner, links: Services) -> rest.MadeWebhook:
    """A new webhook. Its endpoint is sent a signed `endpoint.verify` and told nothing else before it has answered that
    with 2xx. The secret is in this answer and nowhere else."""
    request = pb.CreateWebhookRequest(owner=owner, url=asked.url, name=asked.name, types=asked.types)
    answer = await write(links.webhooks.CreateWebhook, request, repeatable=False)
    return rest.MadeWebhook(webhook=webhooks_to_rest.webhook(answer.webhook), secret=answer.secret)


@router.get("/{webhook}", summary="One webhook", responses=openapi.problems(404))
async def get_webhook(webhook: WebhookId, owner: Owner, links: Services) -> rest.Webhook:
    """A webhook: whether it is told anything, and why not."""
    request = pb.GetWebhookRequest(owner=owner, webhook_id=webhook)
    return webhooks_to_rest.webhook((await read(links.webhooks.GetWebhook, request)).webhook)


@router.delete("/{webhook}", summary="Remove a webhook", responses=openapi.problems(404))
async def delete_webhook(webhook: WebhookId, owner: Owner, links: Services) -> rest.Webhook:
    """Removes a webhook with its deliveries, and answers what it was."""
    request = pb.DeleteWebhookRequest(owner=owner, webhook_id=webhook)
    answer = await write(links.webhooks.DeleteWebhook, request, repeatable=False)
    return webhooks_to_rest.webhook(answer.webhook)


@router.post(
    "/{webhook}/rotate",
    summary="Replace the secret",
    status_code=201,
    responses=openapi.problems(404, 409, 413, 415, 422),
)
async def rotate_webhook(
    webhook: WebhookId, owner: Owner, links: Services, asked: Annotated[rest.WebhookRotation | None, Body()] = None
) -> rest.MadeWebhook:
    """A new secret. Until the grace is over, deliveries are signed with the old one, too."""
    grace_s = (asked or rest.WebhookRotation()).grace_s
    request = pb.RotateWebhookRequest(owner=owner, webhook_id=webhook, grace_s=grace_s)
    answer = await write(links.webhooks.RotateWebhook, request, repeatable=False)
    return rest.MadeWebhook(webhook=webhooks_to_rest.webhook(answer.webhook), secret=answer.secret)


@router.post("/{webhook}/test", summary="Ask the endpoint", responses=openapi.problems(404))
async def test_webhook(webhook: WebhookId, owner: Owner, links: Services) -> rest.Delivery:
    """Sends `endpoint.verify` now. A 2xx makes the webhook active, also one that was disabled."""
    request = pb.TestWebhookRequest(owner=owner, webhook_id=webhook)
    answer = await write(links.webhooks.TestWebhook, request, repeatable=True)
    return webhooks_to_rest.delivery(answer.delivery)


@router.get("/{webhook}/deliveries", summary="Deliveries, newest first", responses=openapi.problems(404, 422))
async def list_deliveries(
    webhook: WebhookId,
    owner: Owner,
    links: Services,
    limit: Annotated[int, Query(ge=1, le=200, description="deliveries per page")] = 50,
    cursor: Annotated[Text, Query(max_length=1_000, description="`next_cursor` of the page before")] = "",
    state: Annotated[
        list[rest.DeliveryState] | None, Query(description="only these states; repeat it for more")
    ] = None,
) -> rest.DeliveryPage:
    """A page of what was sent, or is to be, within the last 30 days."""
    request = pb.ListDeliveriesRequest(
        owner=owner,
        webhook_id=webhook,
        limit=limit,
        cursor=cursor,
        states=[f"DELIVERY_STATE_{item.upper()}" for item in state or ()],
    )
    answer = await read(links.webhooks.ListDeliveries, request)
    found = [webhooks_to_rest.delivery(each) for each in answer.deliveries]
    return rest.DeliveryPage(deliveries=found, next_cursor=answer.next_cursor or None)


@router.post(
    "/{webhook}/deliveries/{delivery}/redeliver", summary="Deliver again", responses=openapi.problems(404, 409)
)
async def redeliver(webhook: WebhookId, delivery: DeliveryId, owner: Owner, links: Services) -> rest.Delivery:
    """Sends a delivery once more under the same `webhook-id`, and for a day again where that fails. One that waits for
    its next attempt is sent now."""
    request = pb.RedeliverRequest(owner=owner, webhook_id=webhook, delivery_id=delivery)
    answer = await write(links.webhooks.Redeliver, request, repeatable=True)
    return webhooks_to_rest.delivery(answer.delivery)
