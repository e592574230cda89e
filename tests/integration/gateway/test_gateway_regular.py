"""What holds for every answer: headers, tags, and waiting."""

import asyncio
from typing import Any

import pytest

from popcon import errors
from popcon.v1 import jobs_pb2
from tests.fixtures.gateway import ACTION, EDIT, JOB, RUN, Gateway, a_job, an_action, an_event, eventually, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOOK_UPS = [
    f"/v1/jobs/{JOB}",
    f"/v1/jobs/{JOB}/actions/{ACTION}",
    f"/v1/edits/{EDIT}",
    f"/v1/jobs/{JOB}/sets",
    "/v1/jobs",
    "/v1/keys",
    "/v1/presets",
]


@pytest.fixture
def runs(gate: Gateway) -> None:
    gate.script.answers["GetRun"] = jobs_pb2.GetRunResponse(run=an_action().runs[0])


@pytest.mark.parametrize("path", [*LOOK_UPS, f"/v1/runs/{RUN}"])
@pytest.mark.usefixtures("runs")
async def test_what_a_caller_has_is_not_sent_again(gate: Gateway, path: str) -> None:
    first = await gate.http.get(path)
    tag = first.headers["ETag"]
    again = await gate.http.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers.get(name) == first.headers.get(name), name
    assert (await gate.http.get(path, headers={"If-None-Match": '"other"'})).content == first.content


async def test_a_job_that_changed_has_another_tag(gate: Gateway) -> None:
    first = (await gate.http.get(f"/v1/jobs/{JOB}")).headers["ETag"]
    changed = a_job()
    changed.actions[0].version = 9
    gate.script.answers["GetJob"] = jobs_pb2.GetJobResponse(job=changed)
    assert (await gate.http.get(f"/v1/jobs/{JOB}", headers={"If-None-Match": first})).status_code == 200


@pytest.mark.parametrize("path", ["/v1/jobs", f"/v1/jobs/{JOB}", "/v1/jobs/none", "/nothing"])
async def test_every_answer_says_how_far_it_may_go(gate: Gateway, path: str) -> None:
    headers = (await gate.http.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in headers


async def test_over_tls_browsers_are_told_to_stay_there(gate: Gateway) -> None:
    answer = await gate.http.get("/v1/jobs", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_what_belongs_to_an_owner_is_kept_by_nobody_else(gate: Gateway) -> None:
    answer = await gate.http.get(f"/v1/jobs/{JOB}")
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("private, no-cache", "Authorization, Cookie")
    assert "Vary" not in (await gate.http.get("/v1/presets")).headers
    for made in (await gate.http.post("/v1/keys", json={}), await gate.http.get("/v1/jobs/none")):
        assert made.headers["Cache-Control"] == "no-store"


def moving() -> jobs_pb2.Job:
    job = a_job()
    job.state = jobs_pb2.JOB_STATE_RUNNING
    return job


async def test_without_a_preference_a_job_is_answered_as_it_is(gate: Gateway) -> None:
    gate.script.answers["GetJob"] = jobs_pb2.GetJobResponse(job=moving())
    answer = await gate.http.get(f"/v1/jobs/{JOB}")
    assert (answer.json()["state"], "Preference-Applied" in answer.headers) == ("running", False)
    assert gate.script.watched_after == []


@pytest.mark.parametrize("how", ["look", "make"])
async def test_an_answer_waits_until_a_person_is_needed(gate: Gateway, how: str) -> None:
    gate.script.answers["GetJob"] = jobs_pb2.GetJobResponse(job=moving())
    gate.script.answers["CreateJob"] = jobs_pb2.CreateJobResponse(job=moving())
    headers, body = {"Prefer": "respond-async, wait=60"}, {"picture_id": "pic_1", "actions": [{"preset": "wave"}]}
    if how == "look":
        asking = asyncio.ensure_future(gate.http.get(f"/v1/jobs/{JOB}", headers=headers))
    else:
        asking = asyncio.ensure_future(gate.http.post("/v1/jobs", json=body, headers=headers))
    await eventually(lambda: gate.script.watching == 1)
    gate.script.events += [an_event(0, "run.progress"), an_event(4)]
    await eventually(lambda: len(gate.script.asked("GetJob")) >= 1 + (how == "look"))
    assert not asking.done()
    gate.script.answers["GetJob"] = jobs_pb2.GetJobResponse(job=a_job())
    gate.script.events.append(an_event(5))
    answer = await asking
    assert (answer.json()["state"], answer.headers["Preference-Applied"]) == ("awaiting", "wait=60")
    assert gate.script.watched_after == [3]
    await eventually(lambda: gate.script.watching == 0)


async def test_it_waits_for_the_sets_of_what_is_done(gate: Gateway) -> None:
    done = a_job()
    done.state, done.actions[0].state = jobs_pb2.JOB_STATE_DONE, jobs_pb2.ACTION_STATE_DONE
    gate.script.answers["GetJob"] = jobs_pb2.GetJobResponse(job=done)
    asking = asyncio.ensure_future(gate.http.get(f"/v1/jobs/{JOB}", headers={"Prefer": "wait=60"}))
    await eventually(lambda: gate.script.watching == 1)
    made = jobs_pb2.Job.FromString(done.SerializeToString())
    made.sets[0].state = "SET_STATE_COMPLETE"
    gate.script.answers["GetJob"] = jobs_pb2.GetJobResponse(job=made)
    gate.script.events.append(an_event(4, "set.changed"))
    assert (await asking).json()["sets"][0]["state"] == "complete"


@pytest.mark.parametrize(("prefer", "applied"), [("wait=1", "wait=1"), ("wait=0", None), ("wait=soon", None)])
async def test_waiting_ends(gate: Gateway, prefer: str, applied: str | None) -> None:
    gate.script.answers["GetJob"] = jobs_pb2.GetJobResponse(job=moving())
    answer = await gate.http.get(f"/v1/jobs/{JOB}", headers={"Prefer": prefer})
    assert (answer.json()["state"], answer.headers.get("Preference-Applied")) == ("running", applied)


async def test_nothing_waits_for_longer_than_a_minute(gate: Gateway) -> None:
    answer = await gate.http.get(f"/v1/jobs/{JOB}", headers={"Prefer": "wait=999999"})
    assert answer.headers["Preference-Applied"] == "wait=60"


async def test_a_job_that_goes_while_somebody_waits_is_not_found(gate: Gateway) -> None:
    gate.script.answers["GetJob"] = jobs_pb2.GetJobResponse(job=moving())
    asking: Any = asyncio.ensure_future(gate.http.get(f"/v1/jobs/{JOB}", headers={"Prefer": "wait=60"}))
    await eventually(lambda: gate.script.watching == 1)
    gate.script.raises["GetJob"] = errors.NotFound("There is no such job; list the jobs.")
    gate.script.ends = True
    problem(await asking, 404, "not_found")
