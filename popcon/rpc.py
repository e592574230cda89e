"""Calling a gRPC service: channels, deadlines, bounded retries, trace context, and errors back as popcon's own."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from popcon import errors, rpc_errors, telemetry
from popcon.certificates import Certificates

MAX_MESSAGE_BYTES = 16 * 1024 * 1024

_WORTH_REPEATING = errors.Unavailable | errors.DeadlinePassed | errors.Overloaded

_OPTIONS = [
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # Replaced by a restarted server within a second, not after gRPC's default of up to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
]


def connect(address: str, certificates: Certificates | None = None) -> grpc.aio.Channel:
    """A channel to `host:port`; it connects by itself, and again after the server was away. With `certificates` both
    sides show theirs, and the server's must be for the host."""
    if certificates is None:
        return grpc.aio.insecure_channel(address, options=_OPTIONS)
    return grpc.aio.secure_channel(address, certificates.channel(), options=_OPTIONS)


async def call(method: Any, request: Any, *, timeout_s: float = 10.0, patience_s: float = 0.0) -> Any:
    """One unary call with a deadline.

    With `patience_s` a call that found no server, or a full one, is tried again, backing off, until that many seconds
    are over; use it only where repeating is harmless. Raises the error that the server raised, or `Unavailable`,
    `DeadlinePassed`.
    """
    give_up = time.monotonic() + patience_s
    delay = 0.1
    while True:
        try:
            return await method(request, timeout=timeout_s, metadata=tuple(telemetry.trace_headers().items()))
        except grpc.aio.AioRpcError as error:
            found = rpc_errors.translate(error)
            # Who is told when to come back is told so for the one that asked, not for this call to sit it out.
            worth = isinstance(found, _WORTH_REPEATING) and not found.retry_after_s
            if not worth or time.monotonic() + delay > give_up:
                raise found from error
        await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
        delay = min(delay * 2, 2.0)


async def stream(make_call: Callable[[], Any]) -> AsyncIterator[Any]:
    """The answers of a streaming call, errors translated; the call is cancelled when the caller leaves."""
    call_ = make_call()
    try:
        async for answer in call_:
            yield answer
    except grpc.aio.AioRpcError as error:
        raise rpc_errors.translate(error) from error
    finally:
        call_.cancel()
