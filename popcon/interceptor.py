"""Around every gRPC call that a service answers: trace context in, metrics, and popcon's errors out."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
from grpc_status import rpc_status
from prometheus_client import Counter, Histogram

from popcon import callers, certificates, errors, rpc_errors, telemetry
from popcon.telemetry import log

_CALLS = Counter("popcon_grpc_requests_total", "gRPC calls answered", ["method", "code"])
_SECONDS = Histogram("popcon_grpc_request_seconds", "Seconds per gRPC call", ["method"])

Check = Callable[[Any, str], None]


class Interceptor(grpc.aio.ServerInterceptor):
    """Around every call: trace context in, metrics, and popcon's errors out with their typed detail.

    `asks_who_calls`: whether callers show certificates, which then say whether they may."""

    def __init__(self, asks_who_calls: bool = False) -> None:
        self._check = _check if asks_who_calls else lambda _context, _method: None

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        handler = await continuation(details)
        if handler is None or details.method.startswith("/grpc."):
            return handler
        method = details.method
        headers = {key: value for key, value in details.invocation_metadata or () if isinstance(value, str)}
        if handler.response_streaming:
            wrapped = _guard_stream(handler.unary_stream or handler.stream_stream, method, headers, self._check)
        else:
            wrapped = _guard_unary(handler.unary_unary or handler.stream_unary, method, headers, self._check)
        make = _HANDLERS[handler.request_streaming, handler.response_streaming]
        return make(wrapped, handler.request_deserializer, handler.response_serializer)


_HANDLERS: dict[tuple[bool, bool], Any] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


def _check(context: Any, method: str) -> None:
    callers.check(certificates.common_name(context), method)


def _guard_unary(inner: Any, method: str, headers: dict[str, str], check: Check) -> Any:
    async def guarded(request: Any, context: Any) -> Any:
        with telemetry.span(method, headers), _SECONDS.labels(method).time():
            try:
                check(context, method)
                answer = await inner(request, context)
            except Exception as error:
                await _abort(context, method, error)
            _CALLS.labels(method, "OK").inc()
            return answer

    return guarded


def _guard_stream(inner: Any, method: str, headers: dict[str, str], check: Check) -> Any:
    async def guarded(request: Any, context: Any) -> AsyncIterator[Any]:
        span = telemetry.open_span(method, headers)
        try:
            check(context, method)
            async for answer in inner(request, context):
                yield answer
        except Exception as error:
            await _abort(context, method, error)
        finally:
            span.end()
        _CALLS.labels(method, "OK").inc()

    return guarded


async def _abort(context: Any, method: str, error: Exception) -> None:
    if isinstance(error, grpc.aio.AbortError):
        raise error
    if not isinstance(error, errors.PopconError):
        log.exception("call failed", method=method)
        error = errors.Internal("Something went wrong inside popcon; the service's log has the details.")
    row = errors.mapping(type(error))
    _CALLS.labels(method, row.grpc).inc()
    status = rpc_errors.to_status(error)
    await context.abort(grpc.StatusCode[row.grpc], status.message, rpc_status.to_status(status).trailing_metadata)
