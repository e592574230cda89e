"""What the gateway is told when it starts."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from popcon.config import RpcSettings, StoreSettings, is_loopback


class GatewaySettings(RpcSettings, StoreSettings):
    """Where it listens and whom it asks."""

    listen: str = Field("127.0.0.1:8400", description="host:port of the REST API")
    orchestrator: str = Field("127.0.0.1:8410", description="host:port of the orchestrator")
    startframe: str = Field("127.0.0.1:8411", description="host:port of the startframe service")
    motion: str = Field("127.0.0.1:8412", description="host:port of the motion service")
    matting: str = Field("127.0.0.1:8413", description="host:port of the matting service")
    packaging: str = Field("127.0.0.1:8414", description="host:port of the packaging service")

    keys: bool = Field(
        False, description="whether callers need an API key; where it is false only this machine may call, without one"
    )
    oidc_issuer: str = Field("", description="URL of an OpenID Connect provider whose tokens are taken besides keys")
    oidc_audience: str = Field("", description="what its tokens must be for")

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, listen: str) -> str:
        _, _, port = listen.rpartition(":")
        if not port.isdigit() or int(port) > 65_535:
            raise ValueError("is not host:port; write one like 127.0.0.1:8400")
        return listen

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if not self.keys and not is_loopback(self.listen.rpartition(":")[0]):
            raise ValueError(
                f"POPCON_LISTEN: {self.listen!r} would let anybody who reaches this machine use popcon; require keys "
                "with POPCON_KEYS=true, or listen on 127.0.0.1"
            )
        if bool(self.oidc_issuer) != bool(self.oidc_audience):
            raise ValueError("POPCON_OIDC_ISSUER and POPCON_OIDC_AUDIENCE go together; set both or neither")
        if self.oidc_issuer and not self.keys:
            raise ValueError("POPCON_OIDC_ISSUER needs POPCON_KEYS=true: nobody is asked for a token without it")
        return self
