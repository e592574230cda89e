"""Server-sent events: resumed by number, each once, alive over restarts of what is behind, ended with the client."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from popcon import errors
from services.gateway import watching
from tests.fixtures.gateway import JOB, Gateway, Script, a_job, an_event, eventually, gateway, scripted_services

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = f"/v1/jobs/{JOB}/events"


@contextlib.asynccontextmanager
async def frames(gate: Gateway, path: str = PATH, **headers: str) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    """The frames of a stream as {field: value}; comments have the field ""."""

    async def read(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
        found: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(":")
                found[name] = value.strip()
            elif found:
                yield found
                found = {}

    async with gate.http.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        yield read(answer)


async def take(stream: AsyncIterator[dict[str, str]], count: int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    async with asyncio.timeout(10):
        async for frame in stream:
            if "data" in frame:
                found.append(frame)
            if len(found) == count:
                return found
    raise AssertionError(f"the stream ended after {len(found)} events")


async def test_events_have_number_type_and_data_and_progress_has_no_number(gate: Gateway) -> None:
    progress = an_event(0, "run.progress")
    progress.data.update({"fraction": 0.25})
    gate.script.events = [an_event(1, "job.created"), progress, an_event(2)]
    async with frames(gate) as stream:
        first, second, third = await take(stream, 3)
    assert (first["id"], first["event"]) == ("1", "job.created")
    assert (second.get("id"), second["event"]) == (None, "run.progress")
    assert json.loads(second["data"])["data"] == {"fraction": 0.25}
    assert json.loads(third["data"])["stage"] == "motion"
    assert json.loads(third["data"])["seq"] == 2


@pytest.mark.parametrize(
    ("query", "headers", "after"),
    [
        ("", {}, 0),
        ("?after=2", {}, 2),
        ("", {"Last-Event-ID": "3"}, 3),
        ("?after=1", {"Last-Event-ID": "3"}, 3),
        ("?after=2", {"Last-Event-ID": "0"}, 0),
    ],
)
async def test_a_stream_goes_on_where_it_was_left(
    gate: Gateway, query: str, headers: dict[str, str], after: int
) -> None:
    gate.script.events = [an_event(number) for number in range(1, 6)]
    async with frames(gate, PATH + query, **headers) as stream:
        found = await take(stream, 5 - after)
    assert [int(frame["id"]) for frame in found] == list(range(after + 1, 6))
    assert gate.script.watched_after == [after]


@pytest.mark.parametrize("wrong", ["x", "-1", "1.5", str(2**63)])
async def test_a_wrong_number_is_refused(gate: Gateway, wrong: str) -> None:
    for answer in (
        await gate.http.get(PATH, headers={"Last-Event-ID": wrong}),
        await gate.http.get(PATH, params={"after": wrong}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert not gate.script.watched_after


async def test_a_deleted_job_is_not_followed(gate: Gateway) -> None:
    job = a_job()
    job.deleted_at.GetCurrentTime()
    gate.script.answers["GetJob"].job.CopyFrom(job)
    answer = await gate.http.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_stream_ends_when_the_job_goes(gate: Gateway) -> None:
    gate.script.events = [an_event(1)]
    async with frames(gate) as stream:
        await take(stream, 1)
        gate.script.ends = True
        async with asyncio.timeout(5):
            assert [frame async for frame in stream] == []


async def test_the_call_behind_ends_when_the_client_leaves(gate: Gateway) -> None:
    async with frames(gate) as stream:
        gate.script.events.append(an_event(1))
        await take(stream, 1)
        assert gate.script.watching == 1
    await eventually(lambda: gate.script.watching == 0)


async def test_a_silent_stream_carries_heartbeats(gate: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching.frames, "__defaults__", (0.05,))
    async with frames(gate) as stream:
        seen = [await anext(stream) for _ in range(4)]
        gate.script.events.append(an_event(1))
        await take(stream, 1)
    assert seen[0] == {"retry": "1000"}
    assert seen[1:] == [{"": "still here"}] * 3
    assert gate.script.watched_after == [0]


async def test_a_stream_survives_a_restart_of_the_orchestrator(tmp_path: Path) -> None:
    script = Script(events=[an_event(1), an_event(2)])
    async with contextlib.AsyncExitStack() as first:
        services = await first.enter_async_context(scripted_services(script))
        async with gateway(tmp_path, script, services) as gate, frames(gate) as stream:
            await take(stream, 2)
            await first.aclose()
            script.events += [an_event(3), an_event(4)]
            async with scripted_services(script, services):
                found = await take(stream, 2)
            assert [frame["id"] for frame in found] == ["3", "4"]
    assert script.watched_after == [0, 2]


async def test_a_call_that_fails_in_between_is_made_again(gate: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = gate.script.watch
    broken = [errors.Overloaded("full"), errors.Unavailable("away"), errors.Internal("a bug")]

    async def flaky(request: object) -> AsyncIterator[object]:
        if broken:
            raise broken.pop()
        async for answer in watch(request):  # type: ignore[arg-type]
            yield answer

    monkeypatch.setattr(gate.script, "watch", flaky)
    gate.script.events = [an_event(1)]
    async with frames(gate) as stream:
        assert (await take(stream, 1))[0]["id"] == "1"
    assert not broken


async def test_events_that_come_twice_are_sent_once(gate: Gateway) -> None:
    gate.script.events = [an_event(1), an_event(2), an_event(1), an_event(2), an_event(3)]
    async with frames(gate) as stream:
        assert [frame["id"] for frame in await take(stream, 3)] == ["1", "2", "3"]


async def test_streams_end_at_once_when_the_gateway_stops(tmp_path: Path) -> None:
    script = Script(events=[an_event(1)])
    async with scripted_services(script) as services, gateway(tmp_path, script, services) as gate:
        async with frames(gate) as stream:
            await take(stream, 1)
            gate.stop.set()
            async with asyncio.timeout(1):
                assert [frame async for frame in stream] == []
        await eventually(lambda: script.watching == 0)
