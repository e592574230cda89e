"""Connections to endpoints: a name is resolved once, each of its addresses is looked at, and one of these connected to.

A name that leads somewhere else the next time somebody asks (DNS rebinding) therefore gains nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import httpcore

from services.webhooks import addresses

CONNECT_S = 3.0
"""To one address, so that another has its turn."""

ADDRESSES_MAX = 4

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Refused(Exception):
    """The endpoint is not one that may be asked; the message says why."""


class Unresolved(httpcore.ConnectError):
    """The name of an endpoint leads nowhere; the message says so."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises `OSError` where it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


class Network(httpcore.AsyncNetworkBackend):
    """Connects to public addresses; with `allow_private` to all."""

    def __init__(
        self,
        *,
        allow_private: bool,
        resolve: Resolve = resolve,
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to one of a host's addresses. Raises `Refused`, `httpcore.ConnectError`."""
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise Unresolved("The name of the endpoint cannot be resolved.") from None
        if not self._allow_private and not all(map(addresses.is_public, found)):
            raise Refused("The name of the endpoint leads to an address that is not public.")
        wait_s = min(timeout or CONNECT_S, CONNECT_S)
        problem: Exception = Unresolved("The name of the endpoint has no address.")
        for address in found[:ADDRESSES_MAX]:
            try:
                return await self._inner.connect_tcp(address, port, wait_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem

    async def connect_unix_socket(self, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise Refused("An endpoint is a URL.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def why(error: Exception) -> str:
    """In words for whom an endpoint belongs to, why there was no answer."""
    inner = error.args[0] if error.args else None  # httpcore hands on what it caught
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"The endpoint's certificate is not good: {inner.verify_message}."
    if isinstance(inner, ssl.SSLError):
        return "The endpoint does not speak TLS as we do."
    if isinstance(error, Refused | Unresolved):
        return str(error)
    if isinstance(error, httpcore.ConnectTimeout):
        return "The endpoint could not be connected to in time."
    if isinstance(error, httpcore.ConnectError):
        return "The endpoint could not be connected to."
    return "The endpoint broke the connection off, or did not speak HTTP."
