"""Settings: one frozen model per service, read once from POPCON_* variables, checked together, passed down.

Nothing else in popcon reads the environment, but for the crash points of tests.
"""

import ipaddress
import re
import sys
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from popcon import storage
from popcon.certificates import Certificates
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

    nats_url: str = Field(
        "nats://127.0.0.1:4222",
        description="URL of the NATS server, or of several of its cluster with commas between; tls:// encrypts",
    )
    nats_ca_file: str = Field("", description="PEM file of who signed the server's certificate; empty for the system's")
    nats_cert_file: str = Field("", description="PEM file of our certificate, where the server asks for one")
    nats_key_file: str = Field("", description="PEM file of its key")
    nats_credentials_file: str = Field("", description="credentials file (.creds) of a NATS user")
    nats_user: str = Field("", description="name of a NATS user who has a password")
    nats_password: SecretStr = Field(SecretStr(""), description="that user's password")
    nats_token: SecretStr = Field(SecretStr(""), description="token, where the server asks for one")
    nats_replicas: int = Field(1, ge=1, le=5, description="copies of each stream: 1 on one machine, 3 on a cluster")
    nats_ack_wait_s: float = Field(
        30.0, ge=1, description="seconds until a task is handed out again that nobody spoke for"
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        for url in self.nats_url.split(","):
            _check_nats_url(url.strip())
        if bool(self.nats_cert_file) != bool(self.nats_key_file):
            raise ValueError("POPCON_NATS_CERT_FILE and POPCON_NATS_KEY_FILE go together; set both or neither")
        if bool(self.nats_user) != bool(self.nats_password.get_secret_value()):
            raise ValueError("POPCON_NATS_USER and POPCON_NATS_PASSWORD go together; set both or neither")
        if sum(map(bool, (self.nats_credentials_file, self.nats_user, self.nats_token.get_secret_value()))) > 1:
            raise ValueError("NATS takes a credentials file, or a user with a password, or a token; set one of them")
        return self


_PLACE = re.compile(r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?")


def _check_nats_url(url: str) -> None:
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("POPCON_NATS_URL takes no user or password; use POPCON_NATS_USER and POPCON_NATS_PASSWORD")
    if parts.scheme not in {"nats", "tls"} or not _PLACE.fullmatch(parts.netloc):
        raise ValueError(f"POPCON_NATS_URL has {url!r}, which is not like nats://host:port or tls://host:port")


class RpcSettings(Settings):
    """Settings of services that call others over gRPC."""

    rpc_ca_file: str = Field("", description="PEM file of who signs the certificates of all parts of popcon")
    rpc_cert_file: str = Field("", description="PEM file of our certificate; its common name says which part we are")
    rpc_key_file: str = Field("", description="PEM file of its key")

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        given = [bool(file) for file in (self.rpc_ca_file, self.rpc_cert_file, self.rpc_key_file)]
        if any(given) and not all(given):
            raise ValueError("POPCON_RPC_CA_FILE, _CERT_FILE and _KEY_FILE go together; set all three or none")
        return self

    @property
    def certificates(self) -> Certificates | None:
        """What we show to other parts and ask of them; None where calls are made in the clear."""
        if not self.rpc_ca_file:
            return None
        return Certificates(Path(self.rpc_ca_file), Path(self.rpc_cert_file), Path(self.rpc_key_file))


class GrpcSettings(RpcSettings):
    """Settings of services that serve gRPC."""

    grpc_listen: str = Field("127.0.0.1:0", description="host:port of the gRPC server; port 0 picks one")
    rpc_in_the_clear: bool = Field(
        False, description="serve gRPC beyond this machine without certificates, where the network keeps others out"
    )

    @model_validator(mode="after")
    def _asks_who_calls(self) -> Self:
        host = self.grpc_listen.rpartition(":")[0]
        if not (is_loopback(host) or self.rpc_ca_file or self.rpc_in_the_clear):
            raise ValueError(
                f"POPCON_GRPC_LISTEN: {self.grpc_listen!r} would let anybody who reaches this machine give orders; set "
                "POPCON_RPC_CA_FILE, _CERT_FILE and _KEY_FILE, listen on 127.0.0.1, or, where only popcon's own parts "
                "reach it, set POPCON_RPC_IN_THE_CLEAR=true"
            )
        return self


def is_loopback(name: str) -> bool:
    """Whether a name or address can only mean this machine."""
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"


class WebhookSettings(Settings):
    """Settings of what makes and what sends webhooks."""

    webhook_allow_private: bool = Field(
        False,
        description="whether webhooks may be sent over plain HTTP and to private addresses, such as this machine's: "
        "for development, never where strangers have keys",
    )


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
            print(_say(cls, problem), file=sys.stderr)
        raise SystemExit(2) from None


def _say(cls: type[Settings], problem: ErrorDetails) -> str:
    """What is wrong with a setting. No secret is said: what several settings say together may hold one."""
    if not problem["loc"]:
        return problem["msg"].removeprefix("Value error, ")
    name = "_".join(str(part) for part in problem["loc"])
    field = cls.model_fields.get(name)
    got = "" if field is not None and field.annotation is SecretStr else f" (got {problem['input']!r})"
    return f"POPCON_{name.upper()}: {problem['msg']}{got}"


def describe(cls: type[Settings]) -> str:
    """A help page: each variable, its default and what it means."""
    lines = ["Settings, as environment variables:", ""]
    for name, field in cls.model_fields.items():
        # A default stands in the code: it is no secret.
        plain = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        default = "required" if field.is_required() else f"default {plain!r}"
        lines += [f"  POPCON_{name.upper()}", f"      {field.description} ({default})"]
    return "\n".join(lines)
