"""Logs, metrics and trace context, the same in every service.

Logs are one JSON object per line with the ids of the work bound to them (`bind`). Metrics are Prometheus's and named
`popcon_*`. Trace context is W3C's, carried over gRPC metadata and NATS headers; spans go nowhere unless the
deployment configures an exporter through OpenTelemetry's own variables.
"""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
from opentelemetry import context, trace
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from structlog.contextvars import bind_contextvars, bound_contextvars

bind = bound_contextvars
"""`with bind(job_id=…, run_id=…):` puts the ids on every line logged inside."""

log = structlog.stdlib.get_logger()

_TRACER = trace.get_tracer("popcon")  # of whatever provider is set later; looking it up costs as much as a span


class _Discreet(structlog.stdlib.ProcessorFormatter):
    """Cuts out of every line what looks like a secret, wherever it came from."""

    def format(self, record: logging.LogRecord) -> str:
        return _SECRETS.sub(r"\1…", super().format(record))


def configure(service: str, level: str = "INFO", log_format: str = "json") -> None:
    """Sets logging and tracing up for a process; call once, first thing."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace_id,
    ]
    renderer = structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer()
    formatter = _Discreet(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("nats", "httpx", "httpcore", "uvicorn", "alembic", "botocore", "urllib3", "PIL", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    bind_contextvars(service=service)
    trace.set_tracer_provider(TracerProvider(resource=Resource.create({"service.name": f"popcon-{service}"})))


def trace_headers() -> dict[str, str]:
    """The current trace context as headers (`traceparent`, maybe `tracestate`)."""
    headers: dict[str, str] = {}
    inject(headers)
    return headers


def open_span(name: str, headers: Mapping[str, str]) -> trace.Span:
    """A span that the caller ends: for work that goes on in more than one context, such as an answer in pieces."""
    return _TRACER.start_span(name, context=extract(dict(headers)))


@contextmanager
def span(name: str, headers: Mapping[str, str] | None = None) -> Iterator[None]:
    """A span around some work; a child of the caller's when `headers` carry its context."""
    token = context.attach(extract(dict(headers))) if headers else None
    try:
        with _TRACER.start_as_current_span(name):
            yield
    finally:
        if token is not None:
            context.detach(token)


# Keys and webhook secrets of ours, tokens, and passwords in URLs.
_SECRETS = re.compile(
    r"(popcon_[0-9a-f]{8})[0-9a-f]{24}_[A-Za-z0-9_-]{43}"
    r"|(?<=whsec_)[A-Za-z0-9+/=]{16,}"
    r"|(?<=eyJ)[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
    r"|(?i:(?<=bearer )[^\s'\"\\]{8,})"
    r"|(?<=://)[^\s/@:'\"]*:[^\s/@'\"]+(?=@)"
)


def _add_trace_id(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    found = trace.get_current_span().get_span_context()
    if found.is_valid:
        event["trace_id"] = format(found.trace_id, "032x")
    return event
