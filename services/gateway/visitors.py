"""Who may ask. There are no keys, so whoever reaches the port is served; other sites in a person's browser must not be.

A browser sends requests anywhere for any site. Two headers give such a site away: `Origin`, which it cannot leave out
of a change, and `Host`, which holds the site's own name where that was made to lead here (DNS rebinding).
"""

import ipaddress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from popcon import errors
from services.gateway import problems

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guarded:
    """Answers 403 to what another site sends, before anybody else sees it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(scope["method"], Headers(scope=scope)) if scope["type"] == "http" else None
        await (problems.answer(refusal) if refusal else self._app)(scope, receive, send)


def _refusal(method: str, headers: Headers) -> errors.Forbidden | None:
    host = headers.get("host", "")
    if not is_loopback(_name(host)):
        return errors.Forbidden(
            f"popcon is not served at {host[:100]!r}; ask for it as localhost or 127.0.0.1, on this machine."
        )
    origin = headers.get("origin")
    if method not in _READS and origin is not None and origin.lower().partition("://")[2] != host.lower():
        return errors.Forbidden(
            f"A page of {origin[:100]!r} may not change anything here; use the studio, or a program on this machine."
        )
    return None


def _name(host: str) -> str:
    """The name in a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def is_loopback(name: str) -> bool:
    """Whether a name or address can only mean this machine."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
