"""What the gateway is told when it starts."""

from pydantic import Field, field_validator

from popcon.config import StoreSettings
from services.gateway.visitors import is_loopback


class GatewaySettings(StoreSettings):
    """Where it listens and whom it asks."""

    listen: str = Field("127.0.0.1:8400", description="host:port of the REST API")
    orchestrator: str = Field("127.0.0.1:8410", description="host:port of the orchestrator")
    startframe: str = Field("127.0.0.1:8411", description="host:port of the startframe service")
    motion: str = Field("127.0.0.1:8412", description="host:port of the motion service")
    matting: str = Field("127.0.0.1:8413", description="host:port of the matting service")
    packaging: str = Field("127.0.0.1:8414", description="host:port of the packaging service")

    @field_validator("listen")
    @classmethod
    def _only_here(cls, listen: str) -> str:
        host, _, port = listen.rpartition(":")
        if not port.isdigit() or int(port) > 65_535:
            raise ValueError("is not host:port; write one like 127.0.0.1:8400")
        if not is_loopback(host):
            raise ValueError(
                "would let anybody who reaches this machine use popcon, for there are no keys yet; listen on 127.0.0.1"
            )
        return listen
