"""The one step that creates and changes streams and consumers. Doing it again mends what drifted, and nothing else.

Everybody else only binds to what is there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any

from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import APIError, BadRequestError, NotFoundError

from popcon import errors
from popcon.bus import layout
from popcon.bus.connection import Connection, say
from popcon.bus.names import STREAM
from popcon.telemetry import log

EVERY_S = 15.0
RETRY_S = 1.0

_UNSET: tuple[object, ...] = (None, 0, -1, "", "none", "default", [], {})
_NOT_OURS = frozenset({"name", "metadata", "description", "placement", "pause_until", "max_waiting", "consumer_limits"})
"""What the server fills in, or what operators may choose."""

_NO_PEERS = 10005
_INVALID_CHANGE = 10052
_NO_CLUSTER = 10074
"""Codes of the server: too few of its cluster are up; the change is never possible; there is no cluster at all."""


async def keep_provisioned(connection: Connection, replicas: int, ack_wait_s: float) -> None:
    """Provisions, then looks again every `EVERY_S` seconds, for ever.

    Raises `WrongState` when what is there at first cannot be put right; later that is only said in the log.
    """
    is_first = True
    while True:
        try:
            await provision(connection, replicas, ack_wait_s)
        except errors.Unavailable as error:
            log.warning("streams wait", reason=error.message)
            await asyncio.sleep(RETRY_S)
            continue
        except errors.WrongState as error:
            if is_first:
                raise
            log.error("streams are not as they must be", reason=error.message)
        is_first = False
        await asyncio.sleep(EVERY_S)


async def provision(connection: Connection, replicas: int, ack_wait_s: float) -> None:
    """Creates or updates both streams and every consumer.

    `replicas`: copies of each stream, 1..5; never lowered, since an orchestrator without the setting would otherwise
    throw copies away. Raises `Unavailable` while the server cannot do it, `WrongState` when it refuses for good.
    """
    connection.require()
    try:
        for stream in layout.streams(replicas):
            await _ensure_stream(connection, stream)
        live = {info.name: info.config for info in await connection.js.consumers_info(STREAM)}
        for wanted in layout.consumers(ack_wait_s):
            await _ensure_consumer(connection, wanted, live.get(str(wanted.durable_name)))
    except (NatsError, TimeoutError) as error:
        raise errors.Unavailable(f"NATS could not be set up: {say(error)}; is the server up with JetStream?") from error


async def _ensure_stream(connection: Connection, wanted: StreamConfig) -> None:
    js = connection.js
    try:
        live = (await js.stream_info(str(wanted.name))).config
    except NotFoundError:
        await _change(f"Stream {wanted.name}", js.add_stream, wanted)
        log.info("stream created", stream=wanted.name, replicas=wanted.num_replicas)
        return
    wanted = wanted.evolve(num_replicas=max(wanted.num_replicas or 1, live.num_replicas or 1))
    if drift := drifted(live, wanted):
        await _change(f"Stream {wanted.name}", js.update_stream, wanted, drift)
        log.warning("stream put right", stream=wanted.name, drift=drift)


async def _ensure_consumer(connection: Connection, wanted: ConsumerConfig, live: ConsumerConfig | None) -> None:
    drift = drifted(live, wanted) if live is not None else {}
    if live is not None and not drift:
        return

    async def add(config: ConsumerConfig) -> None:
        await connection.js.add_consumer(STREAM, config)

    await _change(f"Consumer {wanted.durable_name}", add, wanted, drift)
    if drift:
        log.warning("consumer put right", consumer=wanted.durable_name, drift=drift)
    else:
        log.info("consumer created", consumer=wanted.durable_name)


async def _change(
    what: str, change: Callable[[Any], Awaitable[object]], wanted: Any, drift: dict[str, str] | None = None
) -> None:
    try:
        await change(wanted)
    except APIError as error:
        if not _is_for_good(error):
            raise
        if error.err_code == _NO_CLUSTER:
            raise errors.WrongState(
                f"{what} cannot have {wanted.num_replicas} replicas, because this NATS server is in no cluster; "
                "set POPCON_NATS_REPLICAS to 1, or connect to a cluster.",
                field="nats_replicas",
            ) from error
        found = "; ".join(f"{name}: {change}" for name, change in (drift or {}).items()) or "it is not there"
        raise errors.WrongState(
            f"{what} cannot be made what it must be ({found}): {error.description}. Delete it with `nats`, and it is "
            "made again and filled from SQL."
        ) from error


def _is_for_good(error: APIError) -> bool:
    if isinstance(error, BadRequestError):
        return error.err_code != _NO_PEERS
    return error.err_code in {_INVALID_CHANGE, _NO_CLUSTER}


def drifted(live: StreamConfig | ConsumerConfig, wanted: StreamConfig | ConsumerConfig) -> dict[str, str]:
    """What differs, as `field: "is → must be"`."""
    found = {}
    for name in (each.name for each in fields(wanted)):
        is_, must = _plain(getattr(live, name)), _plain(getattr(wanted, name))
        if name not in _NOT_OURS and is_ != must:
            found[name] = f"{is_} → {must}"
    return found


def _plain(value: Any) -> Any:
    """A value as both sides write it: what is not set is None."""
    value = getattr(value, "value", value)
    return None if value in _UNSET else value
