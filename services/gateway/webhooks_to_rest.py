"""Webhooks and deliveries, from the services' messages to those of the API."""

import json

from popcon import rest
from popcon.v1 import webhooks_pb2 as pb
from services.gateway.to_rest import time, word


def webhook(message: pb.Webhook) -> rest.Webhook:
    return rest.Webhook(
        id=message.id,
        url=message.url,
        name=message.name,
        types=[rest.WebhookType(each) for each in message.types],
        state=rest.WebhookState(word(pb.WebhookState, message.state)),
        reason=message.reason,
        created_at=time(message.created_at),
        answered_at=time(message.answered_at) if message.HasField("answered_at") else None,
    )


def delivery(message: pb.Delivery) -> rest.Delivery:
    return rest.Delivery(
        id=message.id,
        webhook_id=message.webhook_id,
        type=message.type,
        state=rest.DeliveryState(word(pb.DeliveryState, message.state)),
        attempts=message.attempts,
        status=message.status,
        error=message.error,
        body=json.loads(message.body),
        created_at=time(message.created_at),
        next_at=time(message.next_at) if message.HasField("next_at") else None,
        ended_at=time(message.ended_at) if message.HasField("ended_at") else None,
    )
