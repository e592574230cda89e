"""The client against a gateway on a socket, in a thread as any program has it."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from popcon import errors, rest
from popcon.catalog import limits, presets
from popcon.client import Popcon
from popcon.v1 import common_pb2, jobs_pb2, sets_pb2
from services.gateway import links
from tests.fixtures.gateway import (
    ACTION,
    JOB,
    PICTURE,
    Gateway,
    Script,
    a_set,
    an_event,
    eventually,
    free_port,
    gateway,
    scripted_services,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

T = TypeVar("T")


async def using(gate: Gateway, use: Callable[[Popcon], T]) -> T:
    def work() -> T:
        with Popcon(gate.url, timeout=10, patience_s=5) as popcon:
            return use(popcon)

    return await asyncio.to_thread(work)


async def test_from_a_picture_to_a_job(gate: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"\x89PNG")

    def use(popcon: Popcon) -> rest.Job:
        assert popcon.upload_picture(b"\x89PNG").id == PICTURE
        picture = popcon.upload_picture(path)
        actions: list[str | rest.ActionSpec] = ["wave", rest.ActionSpec(action_prompt="jumps")]
        return popcon.create_job(picture.id, actions, review=True, takes=2, targets=["web"], seed=3, name="cat")

    job = await using(gate, use)
    assert job.id == JOB
    assert b"".join(piece.chunk for piece in gate.script.asked("CutOut")[1]) == b"\x89PNG"
    [asked] = gate.script.asked("CreateJob")
    assert [item.direction.preset for item in asked.actions] == ["wave", ""]
    assert (asked.options.review, asked.options.takes, list(asked.options.targets)) == (True, 2, ["web"])
    assert len(asked.idempotency_key) == 32


async def test_a_job_is_asked_for_with_one_key_however_often(gate: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PATIENCE_S", 0.0)
    gate.script.raises["CreateJob"] = errors.Unavailable("away")

    async def heal() -> None:
        await eventually(lambda: len(gate.script.asked("CreateJob")) >= 1)
        gate.script.raises.clear()

    job, _ = await asyncio.gather(using(gate, lambda popcon: popcon.create_job(PICTURE, ["wave"])), heal())
    assert job.id == JOB
    asked = gate.script.asked("CreateJob")
    assert len(asked) >= 2
    assert len({item.idempotency_key for item in asked}) == 1


async def test_a_job_is_resumed_with_one_key_however_often(gate: Gateway) -> None:
    gate.script.raises["ResumeJob"] = errors.Unavailable("away")
    with pytest.raises(errors.Unavailable):
        await using(gate, lambda popcon: popcon.resume_job(JOB))
    assert len({item.idempotency_key for item in gate.script.asked("ResumeJob")}) == 1


async def test_changes_name_what_was_seen(gate: Gateway) -> None:
    def use(popcon: Popcon) -> None:
        [action] = popcon.job(JOB).actions
        assert popcon.approve(action, run=1, take=2).version == 2
        popcon.regenerate(action, rest.NewWords(preset="cry"))
        popcon.regenerate(action)
        popcon.select(action, rest.Choice(stage=rest.ActionStage.STARTFRAME, run=1, take=2))
        popcon.resume(action, rest.ActionStage.MOTION)
        popcon.resume(action)
        popcon.skip(action)
        popcon.cancel(action)
        popcon.approve_job(JOB)
        popcon.resume_job(JOB, rest.ActionStage.PACK)
        popcon.cancel_job(JOB)
        popcon.undelete_job(JOB)
        popcon.delete_job(JOB)

    await using(gate, use)
    changes = [request for name, request in gate.script.seen if "version" in request.DESCRIPTOR.fields_by_name]
    assert {(request.action_id, request.version) for request in changes} == {(ACTION, 1)}
    assert len(changes) == 8
    assert gate.script.asked("ResumeJob")[0].stage == common_pb2.STAGE_PACK


async def test_jobs_come_page_by_page(gate: Gateway) -> None:
    def answer(name: str, request: jobs_pb2.ListJobsRequest) -> jobs_pb2.ListJobsResponse:
        gate.script.seen.append((name, request))
        first = int(request.cursor or 0)
        found = [jobs_pb2.JobSummary(id=f"job_{n}", state="JOB_STATE_DONE") for n in range(first, first + 3)]
        return jobs_pb2.ListJobsResponse(jobs=found, next_cursor=str(first + 3) if first < 6 else "")

    gate.script.answer = answer  # type: ignore[method-assign]
    every = await using(gate, lambda popcon: list(popcon.jobs(state=[rest.JobState.DONE], search="cat")))
    some = await using(gate, lambda popcon: list(popcon.jobs(limit=4)))
    assert [item.id for item in every] == [f"job_{n}" for n in range(9)]
    assert [item.id for item in some] == [f"job_{n}" for n in range(4)]
    assert len(gate.script.seen) == 3 + 2
    assert list(gate.script.seen[0][1].states) == [jobs_pb2.JOB_STATE_DONE]
    vars(gate.script).pop("answer")


async def test_problems_are_errors_with_their_field(gate: Gateway) -> None:
    with pytest.raises(errors.UnknownPreset, match="wave") as found:
        await using(gate, lambda popcon: popcon.create_job(PICTURE, ["wavee"]))
    assert found.value.field == "actions[0].preset"
    gate.script.raises["GetJob"] = errors.NotFound("There is no such job.")
    with pytest.raises(errors.NotFound, match="no such job"):
        await using(gate, lambda popcon: popcon.job(JOB))
    gate.script.raises["CutOut"] = errors.PictureBlank("There is nothing on it.", field="picture")
    with pytest.raises(errors.PictureBlank):
        await using(gate, lambda popcon: popcon.upload_picture(b"x"))


async def test_a_picture_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(limits.PICTURE_MAX_BYTES + 1)
    with Popcon(f"http://127.0.0.1:{free_port()}") as popcon, pytest.raises(errors.PictureTooLarge):
        popcon.upload_picture(path)


async def test_no_stack_is_told_at_once_with_what_to_do() -> None:
    with Popcon(f"http://127.0.0.1:{free_port()}") as popcon:
        for use in (lambda: popcon.job(JOB), lambda: next(popcon.events(JOB)), lambda: popcon.resume_job(JOB)):
            with pytest.raises(errors.Unavailable, match="popcon up"):
                use()


async def test_what_is_no_gateway_is_told_too() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops")
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as other:
        url = f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}"
        with Popcon(url, patience_s=0) as popcon, pytest.raises(errors.Unavailable, match="502"):
            await asyncio.to_thread(popcon.job, JOB)


async def test_the_catalog(gate: Gateway) -> None:
    assert [item.id for item in await using(gate, lambda popcon: popcon.presets())] == list(presets.PRESETS)
    assert "line-emoji" in [item.id for item in await using(gate, lambda popcon: popcon.targets())]


async def test_downloads_are_whole_or_not_at_all(gate: Gateway, tmp_path: Path) -> None:
    data = bytes(range(256)) * 8_000
    stored = await gate.store.put("owners/local/jobs/job_2/set.zip", data, "application/zip")
    message = common_pb2.Artifact(key=stored.key, size=stored.size, sha256=stored.sha256)
    found = a_set()
    found.zip.CopyFrom(message)
    gate.script.answers["GetSet"] = sets_pb2.GetSetResponse(set=found)
    artifact = rest.Artifact(
        key=stored.key,
        url=f"/v1/artifacts/{stored.key}",
        size=stored.size,
        sha256=stored.sha256,
        media_type="application/zip",
        name="",
    )
    folder = tmp_path / "new" / "folder"
    await using(gate, lambda popcon: popcon.download(artifact, folder / "a.zip"))
    await using(gate, lambda popcon: popcon.download(artifact.url, folder / "b.zip"))
    await using(gate, lambda popcon: popcon.zip(JOB, "line-emoji", folder / "c.zip"))
    assert {path.read_bytes() for path in folder.iterdir()} == {data}
    wrong = artifact.model_copy(update={"sha256": hashlib.sha256(b"other").hexdigest()})
    with pytest.raises(errors.ArtifactDamaged):
        await using(gate, lambda popcon: popcon.download(wrong, folder / "d.zip"))
    assert sorted(path.name for path in folder.iterdir()) == ["a.zip", "b.zip", "c.zip"]


async def test_a_zip_that_is_not_made_yet_is_told(gate: Gateway, tmp_path: Path) -> None:
    with pytest.raises(errors.WrongState):
        await using(gate, lambda popcon: popcon.zip(JOB, "line-emoji", tmp_path / "a.zip"))
    assert list(tmp_path.iterdir()) == []


async def test_events_go_on_over_a_restart_of_the_gateway(tmp_path: Path) -> None:
    script = Script(events=[an_event(1), an_event(0, "run.progress"), an_event(2)])
    port = free_port()

    def follow() -> list[int | None]:
        with Popcon(f"http://127.0.0.1:{port}") as popcon:
            found = []
            for event in popcon.events(JOB):
                found.append(event.seq)
                if event.seq == 4:
                    return found
        raise AssertionError("the events ended")

    async with scripted_services(script) as services:
        async with gateway(tmp_path, script, services, port):
            following = asyncio.create_task(asyncio.to_thread(follow))
            await eventually(lambda: script.watching > 0)
            await asyncio.sleep(0.1)
        script.events = [an_event(3), an_event(4)]
        async with gateway(tmp_path, script, services, port), asyncio.timeout(15):
            assert await following == [1, None, 2, 3, 4]
    assert script.watched_after == [0, 2]


async def test_silence_ends_the_wait_for_events(tmp_path: Path) -> None:
    script = Script(events=[an_event(1)])
    port = free_port()

    def follow() -> None:
        with Popcon(f"http://127.0.0.1:{port}") as popcon:
            for _ in popcon.events(JOB, silence_s=0.5):
                pass

    async with scripted_services(script) as services:
        async with gateway(tmp_path, script, services, port):
            following = asyncio.create_task(asyncio.to_thread(follow))
            await eventually(lambda: script.watching > 0)
        with pytest.raises((errors.Unavailable, errors.DeadlinePassed)):
            async with asyncio.timeout(10):
                await following


async def test_a_job_that_goes_ends_the_events(gate: Gateway) -> None:
    gate.script.raises["GetJob"] = errors.NotFound("It was deleted.")
    with pytest.raises(errors.NotFound):
        await using(gate, lambda popcon: next(popcon.events(JOB)))


async def test_a_call_waits_for_a_gateway_that_restarts(tmp_path: Path) -> None:
    script = Script()
    port = free_port()
    popcon = Popcon(f"http://127.0.0.1:{port}", patience_s=10)
    async with scripted_services(script) as services:
        async with gateway(tmp_path, script, services, port):
            await asyncio.to_thread(popcon.job, JOB)
        # Nothing listens: even a call that must not be repeated may wait, for it has not arrived.
        waiting = asyncio.create_task(asyncio.to_thread(popcon.resume_job, JOB))
        await asyncio.sleep(0.3)
        async with gateway(tmp_path, script, services, port):
            assert (await waiting).id == JOB
    popcon.close()
    assert len(script.asked("ResumeJob")) == 1


async def test_a_refused_call_comes_back_when_it_was_told_to(gate: Gateway) -> None:
    gate.script.raises["ResumeJob"] = errors.Overloaded("The queue is full.", retry_after_s=1)
    resumed = asyncio.create_task(using(gate, lambda popcon: popcon.upload_picture(b"x") and popcon.resume_job(JOB)))
    await eventually(lambda: len(gate.script.asked("ResumeJob")) == 1)
    gate.script.raises.clear()
    assert (await resumed).id == JOB
    assert len(gate.script.asked("ResumeJob")) == 2


async def test_a_call_that_would_have_to_wait_for_too_long_fails_at_once(gate: Gateway) -> None:
    gate.script.raises["ResumeJob"] = errors.Overloaded("The queue is full.", retry_after_s=88)
    with pytest.raises(errors.Overloaded, match="full") as caught:
        await using(gate, lambda popcon: popcon.resume_job(JOB))
    assert caught.value.retry_after_s == 88
    assert len(gate.script.asked("ResumeJob")) == 1


async def test_the_proxy_of_the_environment_is_not_for_this_machine(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    assert (await using(gate, lambda popcon: popcon.job(JOB))).id == JOB
