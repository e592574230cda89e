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
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection
from prometheus_client import make_asgi_app
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from popcon import config, errors, loop, rpc, telemetry
from popcon.interceptor import Interceptor
from popcon.telemetry import log

S = TypeVar("S", bound=config.Settings)

CANCEL_AGAIN_S = 0.5


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
        certificates = self.settings.certificates if isinstance(self.settings, config.RpcSettings) else None
        server = grpc.aio.server(
            interceptors=[Interceptor(asks_who_calls=certificates is not None)],
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
        port = (
            server.add_secure_port(listen, certificates.server()) if certificates else server.add_insecure_port(listen)
        )
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
