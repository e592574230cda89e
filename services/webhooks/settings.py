"""What the sender of webhooks is told when it starts."""

from pydantic import Field

from popcon.config import WebhookSettings


class DelivererSettings(WebhookSettings):
    """Whom it asks for deliveries, and how many it sends at once."""

    orchestrator: str = Field("127.0.0.1:8410", description="host:port of the orchestrator")
    webhook_slots: int = Field(32, ge=1, le=100, description="deliveries sent at a time")
