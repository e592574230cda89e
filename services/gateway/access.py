"""Who asks, and whether they may: a scope for every route, found out before anything of the request is read.

Where no keys are required, whoever reaches the port is the owner `local` and may do everything (see `visitors`).
"""

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Protocol

from cachetools import TTLCache
from fastapi import Request, Response
from fastapi.routing import APIRoute

from popcon import errors
from popcon.v1 import access_pb2 as pb
from popcon.v1 import owners_pb2
from services.gateway import conditional, deprecation, once, rates
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
_OF_ADMINS = frozenset(
    {
        "GET /v1/keys",
        "POST /v1/keys",
        "GET /v1/keys/{key}",
        "POST /v1/keys/{key}/rotate",
        "DELETE /v1/keys/{key}",
        "GET /v1/webhooks",
        "POST /v1/webhooks",
        "GET /v1/webhooks/{webhook}",
        "DELETE /v1/webhooks/{webhook}",
        "POST /v1/webhooks/{webhook}/rotate",
        "POST /v1/webhooks/{webhook}/test",
        "GET /v1/webhooks/{webhook}/deliveries",
        "POST /v1/webhooks/{webhook}/deliveries/{delivery}/redeliver",
    }
)


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
    """Who asks. `key`: id of the key, empty where it was none. `requests_per_s`: what its owner may send; 0 is any
    number."""

    owner: str
    scope: Scope
    key: str = ""
    requests_per_s: float = 0.0


class Tokens(Protocol):
    """Bearer tokens of an identity provider."""

    async def caller(self, token: str) -> Caller:
        """Whose a token is. Raises `Unauthenticated`, `Unavailable`."""
        ...


class Access:
    """Tells callers by what they show. `required`: whether they must; `tokens`: how to read what is no key."""

    def __init__(self, links: Links, *, required: bool, tokens: Tokens | None = None) -> None:
        self.required = required
        self.rates = rates.Rates(links)
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
            caller = await self._tokens.caller(shown)
            asked = owners_pb2.GetOwnerRequest(owner=caller.owner)
            limits = (await read(self._links.owners.GetOwner, asked)).owner.limits
            return replace(caller, requests_per_s=limits.requests_per_s)
        answer = await read(self._links.access.Authenticate, pb.AuthenticateRequest(secret=shown[:200]))
        key, limits = answer.key, answer.limits
        return Caller(key.owner, Scope(key.scope), key.id, limits.requests_per_s)


class KnownRoute(APIRoute):
    """A route whose caller is known, in `request.state.caller`, and may ask it. Only then its body is read.

    What carries an Idempotency-Key is done once, and what a caller has already is not sent again.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        path, shows_secret = self.path_format, once.shows_secret(self.response_model)

        async def guarded(request: Request) -> Response:
            scope = needed(request.method, path)
            if scope > Scope.NONE:
                request.state.caller = await _admitted(request, scope)
            if request.method == "POST":
                answer = await once.answer(request, f"POST {path}", handle, shows_secret=shows_secret)
            else:
                answer = conditional.answer(request, await handle(request), of_nobody=scope == Scope.NONE)
            answer.headers.update(deprecation.headers(request.method, path))
            return answer

        return guarded


async def _admitted(request: Request, scope: Scope) -> Caller:
    access: Access = request.app.state.access
    caller = await access.caller(request)
    if caller.requests_per_s:
        let_in, request.state.rate = await access.rates.spend(caller.owner, caller.requests_per_s)
        if not let_in:
            raise rates.refusal(request.state.rate)
    if caller.scope < scope:
        raise errors.Forbidden(
            f"This key may only {_SAYS[caller.scope]}; this needs one with the scope {scope.name.lower()}."
        )
    return caller


_SAYS = {Scope.NONE: "do nothing", Scope.READ: "read", Scope.WRITE: "read and write"}
