"""What every service's process has: signals, gRPC with health and reflection, the health and metrics pages, a drain.

    async def serve(settings: Settings, service: Service) -> None: ...
    server.run("matting", Settings, serve)

`serve` opens its resources, starts its servers on the `Service`, waits on `service.stop` and closes again. A failure
to start raises and the process exits with a code that is not 0; SIGTERM or SIGINT sets `stop`; a second one kills.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any, TypeVar

import grpc
import uvicorn
from google.protobuf import any_pb2
from google.rpc import code_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status
from prometheus_client import Counter, Histogram, make_asgi_app
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from popcon import config, errors, loop, rpc, telemetry
from popcon.telemetry import log
from popcon.v1 import common_pb2

S = TypeVar("S", bound=config.Settings)

MESSAGE_MAX_BYTES = 1_000
"""An error travels in metadata, which gRPC bounds: a longer message would arrive as another error."""

CANCEL_AGAIN_S = 0.5

_CALLS = Counter("popcon_grpc_requests_total", "gRPC calls answered", ["method", "code"])
_SECONDS = Histogram("popcon_grpc_request_seconds", "Seconds per gRPC call", ["method"])


class Service:
    """One process of popcon: what it is called, whether it is ready, and when it should stop."""

    def __init__(self, name: str, settings: config.Settings) -> None:
        self.name = name
        self.settings = settings
        self.stop = asyncio.Event()
        self.ready = False
        self.failure = ""
        self._liveness: list[Callable[[], str]] = []
        self._health = HealthServicer()

    async def set_ready(self, ready: bool) -> None:
        """Answers health checks from now on with SERVING or NOT_SERVING."""
        self.ready = ready
        states = health_pb2.HealthCheckResponse
        await self._health.set("", states.SERVING if ready else states.NOT_SERVING)

    def watch(self, trouble: Callable[[], str]) -> None:
        """Lets /healthz fail while `trouble` answers one: for what only a new process may mend."""
        self._liveness.append(trouble)

    async def stop_after(self, lost: Awaitable[str]) -> None:
        """Stops in good order, and exits with 1, once `lost` answers what it was that cannot come back."""
        self.failure = await lost
        log.error("stopping", because=self.failure)
        self.stop.set()

    @contextlib.asynccontextmanager
    async def grpc(
        self, listen: str, names: Sequence[str], register: Callable[[grpc.aio.Server], None]
    ) -> AsyncIterator[int]:
        """Serves gRPC on `listen` with health and reflection; yields the port. Leaving it drains for `grace_s`."""
        server = grpc.aio.server(
            interceptors=[_Edge()],
            options=[
                ("grpc.max_receive_message_length", rpc.MAX_MESSAGE_BYTES),
                ("grpc.max_send_message_length", rpc.MAX_MESSAGE_BYTES),
                # Two processes on one port would each get half of the calls.
                ("grpc.so_reuseport", 0),
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ],
        )
        register(server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        reflection.enable_server_reflection(
            [*names, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.SERVICE_NAME], server
        )
        port = server.add_insecure_port(listen)
        await server.start()
        log.info("serving gRPC", listen=listen, port=port)
        try:
            yield port
        finally:
            await server.stop(self.settings.grace_s)

    @contextlib.asynccontextmanager
    async def http(self) -> AsyncIterator[None]:
        """Serves /healthz, /readyz and /metrics."""

        async def healthz(_request: Request) -> PlainTextResponse:
            troubles = [trouble for look in self._liveness if (trouble := look())]
            return PlainTextResponse("; ".join(troubles) + "\n", 503) if troubles else PlainTextResponse("ok\n")

        async def readyz(_request: Request) -> PlainTextResponse:
            return PlainTextResponse("ready\n") if self.ready else PlainTextResponse("not ready\n", 503)

        app = Starlette(
            routes=[Route("/healthz", healthz), Route("/readyz", readyz), Mount("/metrics", make_asgi_app())]
        )
        async with asgi(app, self.settings.http_listen):
            yield


class _QuietServer(uvicorn.Server):
    """uvicorn without its own signal handlers: the service decides when it stops."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@contextlib.asynccontextmanager
async def asgi(app: Any, listen: str, grace_s: float = 5.0) -> AsyncIterator[None]:
    """Serves an ASGI app on `host:port`. Leaving it closes idle connections and waits `grace_s` for the others."""
    host, _, port = listen.rpartition(":")
    server = _QuietServer(
        uvicorn.Config(
            app,
            host=host,
            port=int(port),
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=int(grace_s),
            server_header=False,
        )
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            await task
            raise errors.Unavailable(f"Could not listen on {listen}: is the port taken?")
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def background(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs coroutines beside the body and cancels them when it ends. One that fails ends the body too: loudly."""
    async with asyncio.TaskGroup() as group:
        tasks = {group.create_task(each) for each in work}
        try:
            yield
        finally:
            # Said until it is heard: before Python 3.12 `wait_for`, which the clients of NATS and SQL use, forgets that
            # it was cancelled when its answer comes at the same moment.
            while tasks:
                for task in tasks:
                    task.cancel()
                _, tasks = await asyncio.wait(tasks, timeout=CANCEL_AGAIN_S)


def run(name: str, settings_class: type[S], serve: Callable[[S, Service], Awaitable[None]]) -> None:
    """The main function of every service."""
    settings = config.load(settings_class)
    telemetry.configure(name, settings.log_level, settings.log_format)
    failed = False
    try:
        loop.run(_main(name, settings, serve))
    except* errors.PopconError as group:
        failed = True
        for error in _each(group):
            log.error("cannot serve", because=str(error))
    if failed:
        sys.exit(1)


async def _main(name: str, settings: S, serve: Callable[[S, Service], Awaitable[None]]) -> None:
    service = Service(name, settings)

    def on_signal() -> None:
        if service.stop.is_set():
            sys.exit(1)
        log.info("stopping")
        service.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    async with service.http():
        await serve(settings, service)
    if service.failure:
        raise errors.Unavailable(service.failure)
    log.info("stopped")


def _each(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _each(error)
        else:
            yield error


class _Edge(grpc.aio.ServerInterceptor):
    """Around every call: trace context in, metrics, and popcon's errors out with their typed detail."""

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        handler = await continuation(details)
        if handler is None or details.method.startswith("/grpc."):
            return handler
        method = details.method
        headers = {key: value for key, value in details.invocation_metadata or () if isinstance(value, str)}
        if handler.response_streaming:
            wrapped = _guard_stream(handler.unary_stream or handler.stream_stream, method, headers)
        else:
            wrapped = _guard_unary(handler.unary_unary or handler.stream_unary, method, headers)
        make = _HANDLERS[handler.request_streaming, handler.response_streaming]
        return make(wrapped, handler.request_deserializer, handler.response_serializer)


_HANDLERS: dict[tuple[bool, bool], Any] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


def _guard_unary(inner: Any, method: str, headers: dict[str, str]) -> Any:
    async def guarded(request: Any, context: Any) -> Any:
        with telemetry.span(method, headers), _SECONDS.labels(method).time():
            try:
                answer = await inner(request, context)
            except Exception as error:
                await _abort(context, method, error)
            _CALLS.labels(method, "OK").inc()
            return answer

    return guarded


def _guard_stream(inner: Any, method: str, headers: dict[str, str]) -> Any:
    async def guarded(request: Any, context: Any) -> AsyncIterator[Any]:
        span = telemetry.open_span(method, headers)
        try:
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
    status = to_status(error)
    await context.abort(grpc.StatusCode[row.grpc], status.message, rpc_status.to_status(status).trailing_metadata)


def to_status(error: errors.PopconError) -> status_pb2.Status:
    """The gRPC status of an error, with `popcon.v1.Error` as its detail."""
    row = errors.mapping(type(error))
    packed = any_pb2.Any()
    packed.Pack(to_proto(error))
    message = _cut(error.message)
    return status_pb2.Status(code=code_pb2.Code.Value(row.grpc), message=message, details=[packed])


def to_proto(error: errors.PopconError) -> common_pb2.Error:
    """The message form of an error."""
    retryable = errors.mapping(type(error)).retryable
    message = _cut(error.message)
    return common_pb2.Error(
        code=error.code,
        message=message,
        field=error.field,
        retryable=retryable,
        retry_after_s=error.retry_after_s,
    )


def _cut(message: str) -> str:
    return message.encode()[:MESSAGE_MAX_BYTES].decode(errors="ignore")
