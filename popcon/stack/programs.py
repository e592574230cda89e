"""What a stack starts: every program's name, command, environment and place in the order of stopping."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from urllib.parse import quote

from popcon.stack import broker, ports
from popcon.stack.folder import Folder

WORKERS = ("startframe", "motion", "matting", "packaging")
SERVICES = ("orchestrator", *WORKERS, "webhooks", "gateway")
_WITHOUT_GRPC = ("webhooks", "gateway")

# The services share a laptop's cores: with a thread pool of all cores in each they would only get in each other's way.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}


class Tier(IntEnum):
    """Programs stop from the highest tier down: each before those that it needs."""

    BROKER = 0
    RULES = 1
    WORKERS = 2
    EDGE = 3


_TIERS = {"orchestrator": Tier.RULES, "gateway": Tier.EDGE}
_GRACE_S = {Tier.BROKER: 5.0, Tier.RULES: 5.0, Tier.WORKERS: 10.0, Tier.EDGE: 3.0}


@dataclass(frozen=True)
class Program:
    """One process to keep. `ready_url` answers 200 once it is ready. `grace_s`: seconds it may take to stop. `env` is
    what it must be told; `defaults` are variables that the user's own environment may set otherwise."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    ready_url: str
    tier: Tier
    grace_s: float
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Addresses:
    """Where everything listens, as `host:port`. `grpc` and `http`: by service; those that only ask others have no gRPC.
    `nats` and `nats_http` stay free where a NATS is used that is there already."""

    gateway: str
    nats: str
    nats_http: str
    grpc: Mapping[str, str]
    http: Mapping[str, str]

    @property
    def url(self) -> str:
        """URL of the gateway."""
        return f"http://{self.gateway}"


def choose_addresses(gateway_port: int | None) -> Addresses:
    """Free addresses for a whole stack; see `ports.gateway` for `gateway_port`."""
    gateway = ports.gateway(gateway_port)
    chosen = iter(f"{ports.HOST}:{port}" for port in ports.services(2 * len(SERVICES) + 1))
    return Addresses(
        gateway=f"{ports.HOST}:{gateway}",
        nats=next(chosen),
        nats_http=next(chosen),
        grpc={name: next(chosen) for name in SERVICES if name not in _WITHOUT_GRPC},
        http={name: next(chosen) for name in SERVICES},
    )


def plan(folder: Folder, addresses: Addresses, env: Mapping[str, str]) -> list[Program]:
    """Every program of popcon on these addresses. `env` is added to each service's environment and wins; where it has
    POPCON_NATS_URL, no NATS is started."""
    own = [] if "POPCON_NATS_URL" in env else [_broker(folder, addresses)]
    return [*own, *(_service(name, folder, addresses, env) for name in SERVICES)]


def plan_noop(folder: Folder, addresses: Addresses, env: Mapping[str, str]) -> list[Program]:
    """The spine alone: one worker, `noop`, that makes nothing on every stage. Pictures are not cut out by it."""
    others = [program for program in plan(folder, addresses, env) if program.tier is not Tier.WORKERS]
    stand_in = _service(WORKERS[0], folder, addresses, env)
    argv = (sys.executable, "-P", "-m", "popcon.worker.noop")
    return [*others, replace(stand_in, name="noop", argv=argv)]


def _broker(folder: Folder, addresses: Addresses) -> Program:
    host, port = addresses.nats.split(":")
    config = broker.write_config(folder.nats, host, int(port), int(addresses.nats_http.split(":")[1]))
    return Program(
        name="nats",
        argv=(str(broker.binary()), "--config", str(config)),
        env={},
        ready_url=f"http://{addresses.nats_http}/healthz?js-enabled-only=true",
        tier=Tier.BROKER,
        grace_s=_GRACE_S[Tier.BROKER],
    )


def _service(name: str, folder: Folder, addresses: Addresses, env: Mapping[str, str]) -> Program:
    tier = _TIERS.get(name, Tier.WORKERS)
    own = {
        "POPCON_LOG_FORMAT": "json",
        "POPCON_GRACE_S": str(_GRACE_S[tier]),
        "POPCON_NATS_URL": f"nats://{addresses.nats}",
        "POPCON_HTTP_LISTEN": addresses.http[name],
    }
    if name == "gateway":
        own["POPCON_LISTEN"] = addresses.gateway
        own |= {f"POPCON_{peer.upper()}": address for peer, address in addresses.grpc.items()}
    if name in addresses.grpc:
        own["POPCON_GRPC_LISTEN"] = addresses.grpc[name]
    if name != "orchestrator":
        own["POPCON_ORCHESTRATOR"] = addresses.grpc["orchestrator"]
    return Program(
        name=name,
        # -P: a folder called "services" where the user happens to stand must not be taken for ours.
        argv=(sys.executable, "-P", "-m", f"services.{name}"),
        env={**_ONE_THREAD, **own, **env},
        ready_url=f"http://{addresses.http[name]}/readyz",
        tier=tier,
        grace_s=_GRACE_S[tier],
        defaults=_defaults(name, folder),
    )


def _defaults(name: str, folder: Folder) -> Mapping[str, str]:
    own = {"POPCON_STORE_URL": folder.artifacts.as_uri()}
    if name == "orchestrator":
        own["POPCON_DATABASE_URL"] = f"sqlite+aiosqlite:///{quote(str(folder.database))}"
        own["POPCON_KEY_SECRET"] = folder.key_secret()
    return own
