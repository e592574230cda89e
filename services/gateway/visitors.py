"""Other web sites in a person's browser, which must not ask: they would speak with that person's cookie, or, where no
keys are required, with the rights of whoever reaches the port.

A browser sends requests anywhere for any site. Two headers give such a site away: `Origin`, which it cannot leave out
of a change, and `Host`, which holds the site's own name where that was made to lead here (DNS rebinding). Where keys
are required the second does no harm: the cookie belongs to the name that the person signed in at.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from popcon import errors
from popcon.config import is_loopback
from services.gateway import problems

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guarded:
    """Answers 403 to what another site sends, before anybody else sees it. `anywhere`: whether popcon may be asked for
    by any name."""

    def __init__(self, app: ASGIApp, anywhere: bool = False) -> None:
        self._app = app
        self._anywhere = anywhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else None
        refusal = None if headers is None else self._refusal(scope["method"], headers)
        await (problems.answer(refusal) if refusal else self._app)(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> errors.Forbidden | None:
        host = headers.get("host", "")
        if not self._anywhere and not is_loopback(_name(host)):
            return errors.Forbidden(
                f"popcon is not served at {host[:100]!r}; ask for it as localhost or 127.0.0.1, on this machine."
            )
        origin = headers.get("origin")
        if method not in _READS and origin is not None and origin.lower().partition("://")[2] != host.lower():
            return errors.Forbidden(
                f"A page of {origin[:100]!r} may not change anything here; use the studio, or a program of your own."
            )
        return None


def _name(host: str) -> str:
    """The name in a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()
