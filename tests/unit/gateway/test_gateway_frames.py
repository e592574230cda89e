"""Events on the wire: what the gateway writes, the client reads."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from popcon import rest
from popcon.v1 import jobs_pb2
from services.gateway import to_rest, watching

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
DATA = st.dictionaries(TEXT, st.recursive(st.none() | st.booleans() | st.integers(-(2**50), 2**50) | TEXT, st.lists))
EVENTS = st.builds(
    jobs_pb2.Event,
    seq=st.integers(0, 2**62),
    type=st.sampled_from(["job.created", "run.progress"]),
    action_id=TEXT,
    stage=st.sampled_from(["STAGE_UNSPECIFIED", "STAGE_PACK"]),
    run=st.integers(0, 9),
)


@given(st.lists(st.tuples(EVENTS, DATA), max_size=4))
def test_events_come_back_as_they_went(pairs: list[tuple[jobs_pb2.Event, dict[str, Any]]]) -> None:
    for event, data in pairs:
        event.data.update(data)
    text = b"".join([watching.HELLO, *(watching.frame(event) + watching.HEARTBEAT for event, _ in pairs)]).decode()
    found = read(text)
    assert found == [to_rest.event(event) for event, _ in pairs]
    assert [event.data for event in found] == [data for _, data in pairs]


def test_heartbeats_are_no_events() -> None:
    assert read(": still here\n\nretry: 1000\n\n") == []


def read(text: str) -> list[rest.Event]:
    lines = rest.EventLines()
    return [event for line in text.split("\n") if (event := lines.read(line)) is not None]


async def source(*events: jobs_pb2.Event, then: asyncio.Event) -> AsyncGenerator[jobs_pb2.Event, None]:
    for event in events:
        yield event
    await then.wait()


async def test_a_heartbeat_loses_no_event() -> None:
    late, stop = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncGenerator[jobs_pb2.Event, None]:
        await late.wait()
        yield jobs_pb2.Event(seq=1, type="late")

    found = []
    async for frame in watching.frames(slow(), stop, heartbeat_s=0.01):
        found.append(frame)
        if len(found) == 4:
            late.set()
    assert found[:4] == [watching.HELLO, *[watching.HEARTBEAT] * 3]
    assert [frame for frame in found if b"late" in frame] == [found[-1]]


async def test_stop_ends_a_stream_with_events_to_come() -> None:
    stop = asyncio.Event()
    frames = watching.frames(source(jobs_pb2.Event(seq=1), then=asyncio.Event()), stop)
    assert await anext(frames) == watching.HELLO
    assert (await anext(frames)).startswith(b"id: 1\n")
    stop.set()
    assert [frame async for frame in frames] == []
