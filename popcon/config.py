"""Settings: one frozen model per service, read once from POPCON_* variables, checked together, passed down.

Nothing else in popcon reads the environment.
"""

import sys
from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from popcon import storage
from popcon.storage import ArtifactStore, S3Settings


class Settings(BaseSettings):
    """Base of every service's settings."""

    model_config = SettingsConfigDict(env_prefix="POPCON_", frozen=True, extra="ignore")

    log_level: str = Field(
        "INFO", description="least severe log line that is written", pattern="^(DEBUG|INFO|WARNING|ERROR)$"
    )
    log_format: str = Field("json", description="json, or text for people", pattern="^(json|text)$")
    http_listen: str = Field("127.0.0.1:0", description="host:port of /healthz, /readyz and /metrics; port 0 picks one")
    grace_s: float = Field(25.0, gt=0, description="seconds that work in hand may take after SIGTERM")


class StoreSettings(Settings):
    """Settings of services that use the artifact store."""

    store_url: str = Field("file://./.popcon/artifacts", description="file:///folder or s3://bucket")
    s3_endpoint: str = Field("", description="URL of the S3 server; empty for the provider's own")
    s3_region: str = Field("us-east-1", description="region of the bucket")
    s3_access_key: str = Field("", description="S3 access key id")
    s3_secret_key: SecretStr = Field(SecretStr(""), description="S3 secret key")


class BusSettings(Settings):
    """Settings of services that use NATS."""

    nats_url: str = Field("nats://127.0.0.1:4222", description="URL of the NATS server")


class GrpcSettings(Settings):
    """Settings of services that serve gRPC."""

    grpc_listen: str = Field("127.0.0.1:0", description="host:port of the gRPC server; port 0 picks one")


def open_store(settings: StoreSettings) -> ArtifactStore:
    """The artifact store that the settings name."""
    s3 = S3Settings(settings.s3_endpoint, settings.s3_region, settings.s3_access_key, settings.s3_secret_key)
    return storage.open_store(settings.store_url, s3)


S = TypeVar("S", bound=Settings)


def load(cls: type[S], argv: list[str] | None = None) -> S:
    """The settings of a service. `--help` prints them and exits; a wrong one is named and the process exits with 2."""
    if "--help" in (sys.argv[1:] if argv is None else argv):
        print(describe(cls))
        raise SystemExit(0)
    try:
        return cls()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"])
            got = "" if _is_secret(cls, name) else f" (got {problem['input']!r})"
            print(f"POPCON_{name.upper()}: {problem['msg']}{got}", file=sys.stderr)
        raise SystemExit(2) from None


def describe(cls: type[Settings]) -> str:
    """A help page: each variable, its default and what it means."""
    lines = ["Settings, as environment variables:", ""]
    for name, field in cls.model_fields.items():
        # A default stands in the code: it is no secret.
        plain = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        default = "required" if field.is_required() else f"default {plain!r}"
        lines += [f"  POPCON_{name.upper()}", f"      {field.description} ({default})"]
    return "\n".join(lines)


def _is_secret(cls: type[Settings], name: str) -> bool:
    return name in cls.model_fields and cls.model_fields[name].annotation is SecretStr
