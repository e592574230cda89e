"""Around every request: a bound on what it may send, headers that every answer carries, and metrics.

Plain ASGI, so that bodies and streams pass through untouched.
"""

import time
from collections.abc import Callable

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from popcon import errors
from popcon.catalog import limits
from popcon.telemetry import log

_REQUESTS = Counter("popcon_http_requests_total", "REST requests answered", ["method", "route", "status"])
_SECONDS = Histogram("popcon_http_request_seconds", "Seconds per REST request", ["method", "route"])

# Files here are somebody's own pictures: no other site may show them or guess at what they are.
_EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
# What says nothing else of itself is no page, is nobody else's to keep, and leads nowhere.
_UNLESS_SAID = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_TLS_ONLY = "max-age=31536000"
_FORM_BYTES = limits.PICTURE_MAX_BYTES + limits.BODY_MAX_BYTES


class Bound:
    """Counts the bytes of a body as they are read and stops at the route's limit, whatever Content-Length says.

    The rest of a refused body is never kept. A body that nobody reads is nobody's problem: the server drops it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = _counted(receive, *_limit(scope["method"], scope["path"], Headers(scope=scope)))
        await self._app(scope, receive, send)


def _limit(method: str, path: str, headers: Headers) -> tuple[int, Callable[[], errors.PopconError]]:
    """Bytes that a request may send, and what to say beyond."""
    is_form = headers.get("content-type", "").lower().startswith("multipart/form-data")
    if (method, path) == ("POST", "/v1/pictures") or ((method, path) == ("POST", "/v1/jobs") and is_form):
        return _FORM_BYTES if is_form else limits.PICTURE_MAX_BYTES, picture_too_large
    if (method, path) == ("POST", "/v1/check"):
        return limits.PACK_MAX_BYTES + limits.BODY_MAX_BYTES if is_form else limits.PACK_MAX_BYTES, pack_too_large
    return limits.BODY_MAX_BYTES, _body_too_large


def picture_too_large() -> errors.PictureTooLarge:
    return errors.PictureTooLarge(
        f"The picture is over {limits.PICTURE_MAX_BYTES // 1_000_000} MB; send a smaller one.", field="picture"
    )


def pack_too_large() -> errors.TooLarge:
    return errors.TooLarge(f"The pack is over {limits.PACK_MAX_BYTES // 1_000_000} MB, more than any target takes.")


def _body_too_large() -> errors.TooLarge:
    return errors.TooLarge(f"The body is over {limits.BODY_MAX_BYTES // 1_000_000} MB; send a shorter one.")


def _counted(receive: Receive, most: int, too_large: Callable[[], errors.PopconError]) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise too_large()
        return message

    return counted


class Observed:
    """Metrics, a log line, and the headers of every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.monotonic()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                _add_headers(headers, is_tls(scope))
                if rate := scope.get("state", {}).get("rate"):
                    headers.update(rate.headers())
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            _observe(scope, status, time.monotonic() - began)


def is_tls(scope: Scope) -> bool:
    """Whether the caller, or the proxy it speaks to, uses TLS."""
    return "https" in (scope["scheme"], Headers(scope=scope).get("x-forwarded-proto", ""))


def _add_headers(headers: MutableHeaders, tls: bool) -> None:
    headers.update(_EVERYWHERE)
    for name, value in _UNLESS_SAID.items():
        headers.setdefault(name, value)
    if tls:
        headers.setdefault("Strict-Transport-Security", _TLS_ONLY)


def _observe(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "other"
    # The route's pattern, never the path: ids would make a time series each.
    route = getattr(scope.get("route"), "path", "none")
    _REQUESTS.labels(method, route, status).inc()
    _SECONDS.labels(method, route).observe(seconds)
    write = log.debug if method == "GET" and status < 400 else log.info
    write("request", method=method, path=scope["path"][:300], status=status, seconds=round(seconds, 4))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
