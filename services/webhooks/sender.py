"""One attempt at a delivery: a POST as Standard Webhooks has it, bounded in time and in what is read of the answer."""

import asyncio
import contextlib
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from importlib import metadata
from types import TracebackType
from typing import Self

import httpcore

from popcon.v1 import webhooks_pb2 as pb
from services.webhooks.network import Network, Refused, why

TIME_S = 10.0
"""For all of it: name, connection, TLS, request and answer."""

ANSWER_MAX_BYTES = 64 * 1024
RETRY_AFTER_MAX_S = 86_400

_AGENT = f"popcon/{metadata.version('popcon')}"


@dataclass(frozen=True)
class Outcome:
    """`status`: HTTP status of the answer; where there was none 0, and `error` says why. `retry_after_s`: how long the
    endpoint asked us to wait."""

    status: int = 0
    error: str = ""
    retry_after_s: int = 0


class Sender:
    """Sends over `network`. Redirects are answers like others, and proxies of the environment are not asked."""

    def __init__(self, network: Network, tls: ssl.SSLContext, *, allow_http: bool) -> None:
        self._allow_http = allow_http
        # A connection is for one delivery: that it was checked a while ago says nothing about now.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, network_backend=network, max_connections=None, max_keepalive_connections=0
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self._pool.aclose()

    async def send(self, delivery: pb.SignedDelivery) -> Outcome:
        """How an attempt ended."""
        if not self._allow_http and not delivery.url.startswith("https://"):
            return Outcome(error="Endpoints must be https.")
        try:
            async with asyncio.timeout(TIME_S):
                return await self._post(delivery)
        except TimeoutError:
            return Outcome(error=f"The endpoint did not answer within {TIME_S:g} s.")
        except (Refused, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            return Outcome(error=why(error))

    async def _post(self, delivery: pb.SignedDelivery) -> Outcome:
        async with self._pool.stream(
            "POST", delivery.url, headers=_headers(delivery), content=delivery.body.encode()
        ) as answer:
            read = 0
            # An endpoint that is not heard out may take that for a failure; one that goes on and on is left.
            async for chunk in answer.aiter_stream():
                read += len(chunk)
                if read >= ANSWER_MAX_BYTES:
                    break
            return Outcome(status=answer.status, retry_after_s=_retry_after_s(answer.headers))


def _headers(delivery: pb.SignedDelivery) -> dict[bytes | str, bytes | str]:
    return {
        "content-type": "application/json",
        "user-agent": _AGENT,
        "webhook-id": delivery.id,
        "webhook-timestamp": str(delivery.timestamp),
        "webhook-signature": delivery.signature,
    }


def _retry_after_s(headers: list[tuple[bytes, bytes]]) -> int:
    """Seconds that `Retry-After` asks for, as a number or as a date; 0 where it does not."""
    value = next((value.decode("latin-1") for name, value in headers if name.lower() == b"retry-after"), "")
    seconds = 0.0
    if value.isascii() and value.isdigit():
        seconds = float(value[:9])
    elif value:
        with contextlib.suppress(ValueError):
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
    return int(min(max(seconds, 0), RETRY_AFTER_MAX_S))
