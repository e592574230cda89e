"""The client whose answers are awaited, against a gateway on a socket: it does what the other one does."""

import asyncio
from pathlib import Path

import pytest

from popcon import errors, rest
from popcon.client import AsyncPopcon, Popcon, Progress
from popcon.v1 import jobs_pb2, sets_pb2
from services.gateway import links
from tests.fixtures.gateway import (
    JOB,
    PICTURE,
    RUN,
    Gateway,
    Script,
    a_job,
    a_set,
    an_event,
    eventually,
    free_port,
    gateway,
    scripted_services,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_a_picture_to_a_job(gate: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"\x89PNG")
    async with AsyncPopcon(gate.url) as popcon:
        picture = await popcon.upload_picture(path)
        job = await popcon.create_job(picture.id, ["wave"], targets=["web"])
        assert (await popcon.cancel(job.actions[0])).version == 2
        assert (await popcon.dead_letters.get(RUN)).run_id == RUN
    assert (picture.id, job.id) == (PICTURE, JOB)
    assert len(gate.script.asked("CreateJob")[0].idempotency_key) == 32


async def test_many_tasks_share_one_client(gate: Gateway) -> None:
    async with AsyncPopcon(gate.url) as popcon:
        jobs = await asyncio.gather(*(popcon.job(JOB) for _ in range(20)))
    assert {job.id for job in jobs} == {JOB}


async def test_lists_come_page_by_page(gate: Gateway) -> None:
    def answer(name: str, request: jobs_pb2.ListJobsRequest) -> jobs_pb2.ListJobsResponse:
        gate.script.seen.append((name, request))
        first = int(request.cursor or 0)
        found = [jobs_pb2.JobSummary(id=f"job_{n}", state="JOB_STATE_DONE") for n in range(first, first + 3)]
        return jobs_pb2.ListJobsResponse(jobs=found, next_cursor=str(first + 3) if first < 6 else "")

    gate.script.answer = answer  # type: ignore[method-assign]
    async with AsyncPopcon(gate.url) as popcon:
        every = [job.id async for job in popcon.jobs(search="cat")]
        some = [job.id async for job in popcon.jobs(limit=4)]
        three = [job.id async for job in popcon.jobs(limit=3)]
    vars(gate.script).pop("answer")
    assert (every, some, three) == ([f"job_{n}" for n in range(9)], every[:4], every[:3])
    assert len(gate.script.seen) == 3 + 2 + 1


async def test_a_call_is_repeated_under_one_key_until_it_is_answered(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "PATIENCE_S", 0.0)
    gate.script.raises["CreateJob"] = errors.Overloaded("The queue is full.", retry_after_s=1)
    async with AsyncPopcon(gate.url) as popcon:
        asking = asyncio.create_task(popcon.create_job(PICTURE, ["wave"]))
        await eventually(lambda: len(gate.script.asked("CreateJob")) == 1)
        gate.script.raises.clear()
        assert (await asking).id == JOB
    assert len({item.idempotency_key for item in gate.script.asked("CreateJob")}) == 1


async def test_problems_are_errors_with_their_field(gate: Gateway) -> None:
    async with AsyncPopcon(gate.url) as popcon:
        with pytest.raises(errors.UnknownPreset) as found:
            await popcon.create_job(PICTURE, ["wavee"])
    assert found.value.field == "actions[0].preset"


async def test_events_go_on_over_a_restart_of_the_gateway(tmp_path: Path) -> None:
    script = Script(events=[an_event(1), an_event(0, "run.progress"), an_event(2)])
    port = free_port()

    async def follow() -> list[int | None]:
        found: list[int | None] = []
        async with AsyncPopcon(f"http://127.0.0.1:{port}") as popcon:
            async for event in popcon.events(JOB):
                found.append(event.seq)
                if event.seq == 4:
                    return found
        raise AssertionError("the events ended")

    async with scripted_services(script) as services:
        async with gateway(tmp_path, script, services, port):
            following = asyncio.create_task(follow())
            await eventually(lambda: script.watching > 0)
            await asyncio.sleep(0.1)
        script.events = [an_event(3), an_event(4)]
        async with gateway(tmp_path, script, services, port), asyncio.timeout(15):
            assert await following == [1, None, 2, 3, 4]
    assert script.watched_after == [0, 2]


async def test_no_stack_is_told_at_once_with_what_to_do() -> None:
    async with AsyncPopcon(f"http://127.0.0.1:{free_port()}") as popcon:
        with pytest.raises(errors.Unavailable, match="popcon up"):
            await popcon.job(JOB)
        with pytest.raises(errors.Unavailable, match="popcon up"):
            await anext(popcon.events(JOB))


async def done(gate: Gateway, data: bytes) -> jobs_pb2.Job:
    """A job that is over, with a set of one file."""
    stored = await gate.store.put("owners/local/jobs/job_3/set.zip", data, "application/zip")
    found, job = a_set(), a_job()
    found.state = sets_pb2.SET_STATE_COMPLETE
    for name, file in (("files/001.png", found.outputs.add()), ("line-emoji.zip", found.outputs.add())):
        file.key, file.size, file.sha256, file.name = stored.key, stored.size, stored.sha256, name
    found.zip.CopyFrom(found.outputs[1])
    job.state, job.actions[0].state = jobs_pb2.JOB_STATE_DONE, jobs_pb2.ACTION_STATE_DONE
    job.sets[0].CopyFrom(found)
    return job


@pytest.mark.parametrize("client", [AsyncPopcon, Popcon])
async def test_a_picture_becomes_files(gate: Gateway, tmp_path: Path, client: type[Popcon] | type[AsyncPopcon]) -> None:
    data = bytes(range(256)) * 400
    running = a_job()
    running.actions[0].state = jobs_pb2.ACTION_STATE_RUNNING
    running.state = jobs_pb2.JOB_STATE_RUNNING
    ends = an_event(4, "action.changed")
    ends.action_id = running.actions[0].id
    ends.data.update({"state": "done"})
    gate.script.answers["CreateJob"] = jobs_pb2.CreateJobResponse(job=running)
    gate.script.answers["GetJob"] = jobs_pb2.GetJobResponse(job=await done(gate, data))
    gate.script.events = [ends]
    told: list[Progress] = []
    saved = await made(gate.url, client, told, tmp_path / "out")
    assert sorted(str(path.relative_to(tmp_path / "out")) for path in saved) == ["line-emoji.zip", "line-emoji/001.png"]
    assert {path.read_bytes() for path in saved} == {data}
    assert [(each.done, each.total) for each in told] == [(0, 1), (1, 1)]
    assert told[-1].fraction == 1.0


async def made(url: str, client: type[Popcon] | type[AsyncPopcon], told: list[Progress], folder: Path) -> list[Path]:
    if issubclass(client, AsyncPopcon):
        async with client(url) as asynchronous:
            return await (await asynchronous.make(b"x", ["wave"], on_progress=told.append)).save(folder)

    def work() -> list[Path]:
        with client(url) as popcon:
            return popcon.make(b"x", ["wave"], on_progress=told.append).save(folder)

    return await asyncio.to_thread(work)


async def test_a_job_of_which_nothing_came_raises_why(gate: Gateway) -> None:
    job = a_job()
    job.state, job.actions[0].state = jobs_pb2.JOB_STATE_FAILED, jobs_pb2.ACTION_STATE_FAILED
    job.actions[0].failure.code, job.actions[0].failure.message = "deadline_passed", "It took too long."
    gate.script.answers["CreateJob"] = jobs_pb2.CreateJobResponse(job=job)
    async with AsyncPopcon(gate.url) as popcon:
        with pytest.raises(errors.DeadlinePassed, match=r"Wave: It took too long\."):
            await popcon.make(b"x", ["wave"])


async def test_a_job_that_awaits_a_person_is_not_waited_for(gate: Gateway) -> None:
    async with AsyncPopcon(gate.url) as popcon:
        assert (await popcon.wait(JOB)).state is rest.JobState.AWAITING


@pytest.mark.parametrize("url", ["http://elsewhere.test/x", "//elsewhere.test/x", "v1/artifacts/x"])
async def test_a_key_goes_to_no_other_server(gate: Gateway, tmp_path: Path, url: str) -> None:
    async with AsyncPopcon(gate.url, key="popcon_x") as popcon:
        with pytest.raises(errors.InvalidRequest, match="not on this server"):
            await popcon.download(url, tmp_path / "x")
