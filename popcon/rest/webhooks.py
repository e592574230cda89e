"""Webhooks: endpoints that are told what happens, and the deliveries to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field

from popcon.rest.common import CREATED, DELIVERY_ID, JOB_ID, WEBHOOK_ID, Answer, Ask, Text, example


class WebhookType(StrEnum):
    """What an endpoint may ask to be told."""

    JOB_FINISHED = "job.finished"
    ACTION_AWAITING_REVIEW = "action.awaiting_review"
    ACTION_DONE = "action.done"
    ACTION_FAILED = "action.failed"
    SET_READY = "set.ready"


class WebhookState(StrEnum):
    """Whether a webhook is told anything: `pending` until its endpoint has answered `endpoint.verify` with 2xx."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """How far a delivery is: `pending` while it is tried."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


_WEBHOOK = {
    "id": WEBHOOK_ID,
    "url": "https://example.com/popcon",
    "name": "shop",
    "types": ["job.finished", "set.ready"],
    "state": "active",
    "reason": "",
    "created_at": CREATED,
    "answered_at": CREATED,
}
_DELIVERY = {
    "id": DELIVERY_ID,
    "webhook_id": WEBHOOK_ID,
    "type": "job.finished",
    "state": "pending",
    "attempts": 2,
    "status": 503,
    "error": "The endpoint answered 503.",
    "body": {
        "type": "job.finished",
        "timestamp": CREATED,
        "data": {"job_id": JOB_ID, "state": "done", "url": f"/v1/jobs/{JOB_ID}"},
    },
    "created_at": CREATED,
    "next_at": CREATED,
    "ended_at": None,
}


class Webhook(Answer):
    """An endpoint and what it is told, without its secret."""

    model_config = ConfigDict(json_schema_extra=example(_WEBHOOK))

    id: str = Field(description="`hook_…`", examples=[WEBHOOK_ID])
    url: str = Field(description="where deliveries are sent")
    name: str = Field(description="for people")
    types: list[WebhookType] = Field(description="what it is told")
    state: WebhookState
    reason: str = Field(description="why it is disabled; empty otherwise")
    created_at: datetime
    answered_at: datetime | None = Field(description="when it last answered with 2xx; null where it never did")


class WebhookList(Answer):
    """An owner's webhooks."""

    model_config = ConfigDict(json_schema_extra=example({"webhooks": [_WEBHOOK]}))

    webhooks: list[Webhook] = Field(description="newest first")


class NewWebhook(Ask):
    """What makes a webhook."""

    model_config = ConfigDict(
        json_schema_extra=example({"url": "https://example.com/popcon", "types": ["job.finished", "set.ready"]})
    )

    url: Text = Field(max_length=2_000, description="where to send: https, without user, password and fragment")
    name: Text = Field("", max_length=100, description="for people")
    types: list[WebhookType] = Field(default_factory=list, max_length=20, description="what to tell; none for all")


class MadeWebhook(Answer):
    """A webhook with a new secret."""

    model_config = ConfigDict(json_schema_extra=example({"webhook": _WEBHOOK, "secret": "whsec_…"}))

    webhook: Webhook
    secret: str = Field(description="what deliveries are signed with; it is shown this once, so keep it")


class WebhookRotation(Ask):
    """How a secret is succeeded."""

    model_config = ConfigDict(json_schema_extra=example({"grace_s": 86400}))

    grace_s: int = Field(86_400, ge=0, le=2_592_000, description="seconds that the secrets before it still sign, too")


class Delivery(Answer):
    """An event on its way to an endpoint."""

    model_config = ConfigDict(json_schema_extra=example(_DELIVERY))

    id: str = Field(description="`msg_…`; what `webhook-id` says, the same at each attempt", examples=[DELIVERY_ID])
    webhook_id: str = Field(description="`hook_…`")
    type: str = Field(description="type of the event, or `endpoint.verify`")
    state: DeliveryState
    attempts: int = Field(description="how often it was tried")
    status: int = Field(description="HTTP status of the last answer; 0 where there was none")
    error: str = Field(description="why the last attempt failed; empty where it did not")
    body: dict[str, Any] = Field(description="what is sent: `type`, `timestamp` and `data`")
    created_at: datetime = Field(description="when the event was")
    next_at: datetime | None = Field(description="when it is tried next; null where it has ended")
    ended_at: datetime | None = Field(description="when it was delivered or given up")


class DeliveryPage(Answer):
    """A page of deliveries."""

    model_config = ConfigDict(json_schema_extra=example({"deliveries": [_DELIVERY], "next_cursor": None}))

    deliveries: list[Delivery] = Field(description="newest first")
    next_cursor: str | None = Field(description="`cursor` of the next page; null after the last")
