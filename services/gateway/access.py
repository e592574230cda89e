"""Who asks, and whether they may: a scope for every route, found out before anything of the request is read.

Where no keys are required, whoever reaches the port is the owner `local` and may do everything (see `visitors`).
"""

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from cachetools import TTLCache
from fastapi import Request, Response
from fastapi.routing import APIRoute

from popcon import errors
from popcon.v1 import access_pb2 as pb
from services.gateway import deprecation
from services.gateway.links import Links, read

COOKIE = "popcon_key"
LOCAL = "local"
KNOWN_FOR_S = 5.0
"""How long a key that was good is taken for good: a revoked one is refused after so many seconds at most."""


class Scope(IntEnum):
    """What a caller may do; each may do what those before it may. `NONE`: nobody is asked who they are."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMIN = 3


_OF_ALL = frozenset(
    {
        "GET /v1/presets",
        "GET /v1/presets/{preset}/sample",
        "GET /v1/targets",
        "GET /v1/problems/{code}",
    }
)
_READS = frozenset({"POST /v1/check"})
_OF_ADMINS = frozenset({"GET /v1/keys", "POST /v1/keys", "POST /v1/keys/{key}/rotate", "DELETE /v1/keys/{key}"})


def needed(method: str, path: str) -> Scope:
    """The scope that a route needs: to look is to read and all else is to write, but for those named above."""
    route = f"{method} {path}"
    if not path.startswith("/v1/") or route in _OF_ALL:
        return Scope.NONE
    if route in _OF_ADMINS:
        return Scope.ADMIN
    return Scope.READ if method in ("GET", "HEAD") or route in _READS else Scope.WRITE


@dataclass(frozen=True)
class Caller:
    """Who asks. `key`: id of the key, empty where it was none."""

    owner: str
    scope: Scope
    key: str = ""


class Tokens(Protocol):
    """Bearer tokens of an identity provider."""

    async def caller(self, token: str) -> Caller:
        """Whose a token is. Raises `Unauthenticated`, `Unavailable`."""
        ...


class Access:
    """Tells callers by what they show. `required`: whether they must; `tokens`: how to read what is no key."""

    def __init__(self, links: Links, *, required: bool, tokens: Tokens | None = None) -> None:
        self.required = required
        self._links = links
        self._tokens = tokens
        self._known: TTLCache[bytes, Caller] = TTLCache(maxsize=10_000, ttl=KNOWN_FOR_S)

    async def caller(self, request: Request) -> Caller:
        """Who sent a request. Raises `Unauthenticated`."""
        if not self.required:
            return Caller(LOCAL, Scope.ADMIN)
        kind, _, shown = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            shown = request.cookies.get(COOKIE, "")
        if not shown:
            raise errors.Unauthenticated(
                "An API key is needed: send Authorization: Bearer with it (the command line takes it from POPCON_KEY)."
            )
        return await self.of(shown.strip())

    async def of(self, shown: str) -> Caller:
        """Whose a key or token is. Raises `Unauthenticated`."""
        name = hashlib.sha256(shown.encode()).digest()
        found = self._known.get(name)
        if found is None:
            found = await self._ask(shown)
            self._known[name] = found
        return found

    async def _ask(self, shown: str) -> Caller:
        if self._tokens is not None and not shown.startswith("popcon_"):
            return await self._tokens.caller(shown)
        key = (await read(self._links.access.Authenticate, pb.AuthenticateRequest(secret=shown[:200]))).key
        return Caller(key.owner, Scope(key.scope), key.id)


class KnownRoute(APIRoute):
    """A route whose caller is known, in `request.state.caller`, and may ask it. Only then its body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        path = self.path_format

        async def guarded(request: Request) -> Response:
            scope = needed(request.method, path)
            if scope > Scope.NONE:
                request.state.caller = await _admitted(request, scope)
            answer = await handle(request)
            answer.headers.update(deprecation.headers(request.method, path))
            return answer

        return guarded


async def _admitted(request: Request, scope: Scope) -> Caller:
    access: Access = request.app.state.access
    caller = await access.caller(request)
    if caller.scope < scope:
        raise errors.Forbidden(
            f"This key may only {_SAYS[caller.scope]}; this needs one with the scope {scope.name.lower()}."
        )
    return caller


_SAYS = {Scope.NONE: "do nothing", Scope.READ: "read", Scope.WRITE: "read and write"}
