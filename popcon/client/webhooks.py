"""Calls about webhooks, as `popcon.webhooks` of a client has them; they need a key with the scope `admin`."""

from collections.abc import Iterable

from popcon import rest
from popcon.client.calls import PAGE
from popcon.client.endpoint import Endpoint, Listed
from popcon.client.request import Listing, Page, Request, get, post


class WebhookCalls:
    """Endpoints that are told what happens, and the deliveries to them."""

    @Endpoint
    @staticmethod
    def list() -> Request[rest.WebhookList]:
        """Every webhook, newest first, without its secret."""
        return get("/v1/webhooks", rest.WebhookList)

    @Endpoint
    @staticmethod
    def create(url: str, *, name: str = "", types: Iterable[rest.WebhookType] = ()) -> Request[rest.MadeWebhook]:
        """Makes a webhook, whose secret is in this answer and nowhere else. No `types` means all."""
        return post("/v1/webhooks", rest.MadeWebhook, rest.NewWebhook(url=url, name=name, types=[*types]))

    @Endpoint
    @staticmethod
    def get(webhook_id: str) -> Request[rest.Webhook]:
        """One webhook."""
        return get("/v1/webhooks/{webhook}", rest.Webhook, webhook=webhook_id)

    @Endpoint
    @staticmethod
    def delete(webhook_id: str) -> Request[rest.Webhook]:
        """Removes a webhook; nothing more is sent to it."""
        return Request("DELETE /v1/webhooks/{webhook}", rest.Webhook.model_validate_json, {"webhook": webhook_id})

    @Endpoint
    @staticmethod
    def rotate(webhook_id: str, *, grace_s: int = 86_400) -> Request[rest.MadeWebhook]:
        """Makes a new secret; those before it sign, too, for `grace_s` seconds."""
        asked = rest.WebhookRotation(grace_s=grace_s)
        return post("/v1/webhooks/{webhook}/rotate", rest.MadeWebhook, asked, webhook=webhook_id)

    @Endpoint
    @staticmethod
    def test(webhook_id: str) -> Request[rest.Delivery]:
        """Has the endpoint asked whether it is there; one that was disabled is told things again once it answers."""
        return post("/v1/webhooks/{webhook}/test", rest.Delivery, webhook=webhook_id)

    @Listed
    @staticmethod
    def deliveries(
        webhook_id: str, *, state: Iterable[rest.DeliveryState] = (), limit: int | None = None
    ) -> Listing[rest.Delivery]:
        """What was sent within the last 30 days, newest first, at most `limit` of them."""

        def read(content: bytes) -> Page[rest.Delivery]:
            page = rest.DeliveryPage.model_validate_json(content)
            return Page(page.deliveries, page.next_cursor)

        asked = {"state": [*state], "limit": PAGE}
        return Listing(Request("GET /v1/webhooks/{webhook}/deliveries", read, {"webhook": webhook_id}, asked), limit)

    @Endpoint
    @staticmethod
    def redeliver(webhook_id: str, delivery_id: str) -> Request[rest.Delivery]:
        """Sends a delivery again, with the id it had."""
        route = "/v1/webhooks/{webhook}/deliveries/{delivery}/redeliver"
        return post(route, rest.Delivery, webhook=webhook_id, delivery=delivery_id)
