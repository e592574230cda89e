"""A job's events as server-sent events: resumed by number, kept alive, watched again when a part restarts."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator
from typing import cast

from popcon import errors, rpc, telemetry
from popcon.telemetry import log
from popcon.v1 import jobs_pb2
from services.gateway import to_rest
from services.gateway.links import Links

HEARTBEAT_S = 15.0
_BACKOFF_S = (0.1, 2.0)

HELLO = b"retry: 1000\n\n"
HEARTBEAT = b": still here\n\n"


async def events(links: Links, owner: str, job: str, after: int) -> AsyncGenerator[jobs_pb2.Event, None]:
    """A job's events after a number, each once and in order, for as long as the job is there.

    An orchestrator that goes away is asked again from the last number, backing off.
    """
    delay, longest = _BACKOFF_S
    while True:
        request = jobs_pb2.WatchJobRequest(owner=owner, job_id=job, after=after)
        try:
            async with contextlib.aclosing(_watch(links, request)) as found:
                async for event in found:
                    delay = _BACKOFF_S[0]
                    if 0 < event.seq <= after:
                        continue
                    after = event.seq or after
                    yield event
            return
        except errors.PopconError as error:
            if not errors.mapping(type(error)).retryable:
                log.info("watch ended", job_id=job, code=error.code)
                return
        await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
        delay = min(delay * 2, longest)


async def _watch(links: Links, request: jobs_pb2.WatchJobRequest) -> AsyncGenerator[jobs_pb2.Event, None]:
    headers = tuple(telemetry.trace_headers().items())
    answers = rpc.stream(lambda: links.jobs.WatchJob(request, metadata=headers))
    # A generator, so it can be closed, which cancels the call.
    async with contextlib.aclosing(cast(AsyncGenerator[jobs_pb2.WatchJobResponse, None], answers)) as closing:
        async for answer in closing:
            yield answer.event


async def frames(
    source: AsyncGenerator[jobs_pb2.Event, None], stop: asyncio.Event, heartbeat_s: float = HEARTBEAT_S
) -> AsyncGenerator[bytes, None]:
    """The events as they travel, with a comment when there was nothing for `heartbeat_s`. Ends with them, or on `stop`.

    Closing it closes `source`, and with that the call behind it.
    """
    yield HELLO
    upcoming = asyncio.ensure_future(anext(source, None))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while True:
            # The pending event outlives the wait: cancelling it at each heartbeat would end the source.
            await asyncio.wait({upcoming, stopping}, timeout=heartbeat_s, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                return
            if not upcoming.done():
                yield HEARTBEAT
                continue
            event = upcoming.result()
            if event is None:
                return
            yield frame(event)
            upcoming = asyncio.ensure_future(anext(source, None))
    finally:
        for task in (upcoming, stopping):
            task.cancel()
        await asyncio.gather(upcoming, stopping, return_exceptions=True)


def frame(event: jobs_pb2.Event) -> bytes:
    """One event. Progress has no id, so that a client resumes after the last event that is kept."""
    number = f"id: {event.seq}\n" if event.seq else ""
    return f"{number}event: {event.type}\ndata: {to_rest.event(event).model_dump_json()}\n\n".encode()
