"""Pictures and jobs: what arrives at the services, and what comes back."""

import json
from typing import Any

import pytest
from prometheus_client import REGISTRY

from popcon import errors, rest
from popcon.v1 import common_pb2, jobs_pb2, startframe_pb2
from services.gateway import links
from tests.fixtures.gateway import JOB, PICTURE, Gateway, a_picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

WAVE = [{"preset": "wave"}]


@pytest.mark.parametrize("as_form", [True, False])
async def test_a_picture_goes_to_startframe_whole_and_in_pieces(gate: Gateway, as_form: bool) -> None:
    data = bytes(range(256)) * 10_000
    sent: dict[str, Any] = {"content": data, "headers": {"Content-Type": "image/jpeg"}}
    if as_form:
        sent = {"files": {"picture": ("cat.jpg", data, "image/jpeg")}}
    answer = await gate.http.post("/v1/pictures", **sent)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/pictures/{PICTURE}"
    [pieces] = gate.script.asked("CutOut")
    assert b"".join(piece.chunk for piece in pieces) == data
    assert [piece.owner for piece in pieces] == ["local", "", ""]
    [recorded] = gate.script.asked("CreatePicture")
    assert (recorded.owner, recorded.picture) == ("local", a_picture(""))


async def test_a_picture_is_shown_with_urls(gate: Gateway) -> None:
    found = rest.Picture.model_validate((await gate.http.get(f"/v1/pictures/{PICTURE}")).json())
    assert found.source.url == "/v1/artifacts/owners/local/pictures/aa/source"
    assert (found.width, found.height, found.box.right, found.background) == (64, 48, 30, "plain")


async def test_a_job_as_json(gate: Gateway) -> None:
    body = {
        "picture_id": PICTURE,
        "actions": [{"preset": "wave"}, {"action_prompt": "jumps", "effect_prompt": "dust", "label": "Jump"}],
        "options": {
            "review": True,
            "refine": True,
            "takes": 3,
            "targets": ["web", "line-emoji"],
            "seed": 7,
            "lane": "interactive",
            "startframe_backend": "puppet",
            "motion_backend": "puppet",
            "matte_backend": "known",
        },
        "name": "cat ✿",
    }
    answer = await gate.http.post("/v1/jobs", json=body, headers={"Idempotency-Key": "order 17"})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/jobs/{JOB}"
    directions = [
        common_pb2.Direction(preset="wave", strength=1, speed=1),
        common_pb2.Direction(action_prompt="jumps", effect_prompt="dust", strength=1, speed=1),
    ]
    assert gate.script.asked("CreateJob") == [
        jobs_pb2.CreateJobRequest(
            owner="local",
            picture_id=PICTURE,
            actions=[
                jobs_pb2.ActionSpec(direction=directions[0]),
                jobs_pb2.ActionSpec(direction=directions[1], label="Jump"),
            ],
            options=jobs_pb2.JobOptions(
                review=True,
                refine=True,
                takes=3,
                targets=["web", "line-emoji"],
                seed=7,
                lane="LANE_INTERACTIVE",
                startframe_backend="puppet",
                motion_backend="puppet",
                matte_backend="known",
            ),
            name="cat ✿",
            idempotency_key="order 17",
        )
    ]


@pytest.mark.parametrize(
    "actions", [["wave", "cry"], "wave, cry", '["wave", "cry"]', '[{"preset": "wave"}, "cry"]', ["wave,cry"]]
)
async def test_a_job_as_a_form(gate: Gateway, actions: Any) -> None:
    gate.script.answers["CutOut"] = startframe_pb2.CutOutResponse(picture=a_picture(""))
    data = {"actions": actions, "review": "true", "takes": "2", "targets": "web,line-emoji", "seed": "", "name": "cat"}
    files = {"picture": ("cat.png", b"\x89PNG", "image/png")}
    answer = await gate.http.post("/v1/jobs", files=files, data=data, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201, answer.text
    [asked] = gate.script.asked("CreateJob")
    assert [item.direction.preset for item in asked.actions] == ["wave", "cry"]
    assert (asked.picture_id, asked.name, asked.idempotency_key) == (PICTURE, "cat", "k")
    wanted = jobs_pb2.JobOptions(review=True, takes=2, targets=["web", "line-emoji"], lane="LANE_BATCH")
    assert asked.options == wanted
    assert [name for name, _ in gate.script.seen] == ["Reserve", "CutOut", "CreatePicture", "CreateJob", "KeepReply"]


async def test_without_a_key_a_lost_job_is_not_asked_for_twice(gate: Gateway) -> None:
    gate.script.raises["CreateJob"] = errors.Unavailable("the answer was lost")
    answer = await gate.http.post("/v1/jobs", json={"picture_id": PICTURE, "actions": WAVE})
    assert answer.status_code == 503
    assert len(gate.script.asked("CreateJob")) == 1


async def test_with_a_key_it_is(gate: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PATIENCE_S", 0.3)
    gate.script.raises["CreateJob"] = errors.Unavailable("the answer was lost")
    await gate.http.post("/v1/jobs", json={"picture_id": PICTURE, "actions": WAVE}, headers={"Idempotency-Key": "k"})
    asked = gate.script.asked("CreateJob")
    assert len(asked) > 1
    assert {item.idempotency_key for item in asked} == {"k"}


async def test_a_job_is_shown_whole(gate: Gateway) -> None:
    found = (await gate.http.get(f"/v1/jobs/{JOB}")).json()
    job = rest.Job.model_validate(found)
    assert (job.id, job.state, job.last_seq, job.deleted_at) == (JOB, "awaiting", 3, None)
    assert (job.options.takes, job.options.lane) == (2, "batch")
    [action] = job.actions
    assert (action.state, action.stage, action.version, action.edit_id) == ("awaiting_review", "startframe", 1, None)
    assert action.selected[0].model_dump() == {"stage": "startframe", "target": None, "run": 1, "take": 1}
    [run] = action.runs
    assert (run.state, run.manifest, run.failure, run.ended_at) == ("succeeded", None, None, None)
    assert json.dumps(run.details) == '{"bytes": 1200, "share": 0.5}'
    assert (job.sets[0].state, job.sets[0].zip) == ("pending", None)
    assert found["created_at"] == "1970-01-01T00:00:00Z"


async def test_jobs_are_listed_as_asked(gate: Gateway) -> None:
    summary = jobs_pb2.JobSummary(
        id=JOB,
        name="cat",
        state="JOB_STATE_PARTIAL",
        actions=[
            jobs_pb2.ActionSummary(id="act_1", label="Wave", state="ACTION_STATE_FAILED", last_stage="STAGE_MOTION")
        ],
    )
    gate.script.answers["ListJobs"] = jobs_pb2.ListJobsResponse(jobs=[summary], next_cursor="abc")
    query = "limit=7&cursor=xyz&state=done&state=partial&search=CAT&deleted=true"
    page = rest.JobPage.model_validate((await gate.http.get(f"/v1/jobs?{query}")).json())
    assert gate.script.asked("ListJobs") == [
        jobs_pb2.ListJobsRequest(
            owner="local",
            limit=7,
            cursor="xyz",
            states=["JOB_STATE_DONE", "JOB_STATE_PARTIAL"],
            search="CAT",
            deleted=True,
        )
    ]
    assert (page.next_cursor, page.jobs[0].thumbnail) == ("abc", None)
    assert page.jobs[0].actions[0].last_stage == "motion"


async def test_changes_of_a_whole_job(gate: Gateway) -> None:
    for verb, name in (
        ("approve", "ApproveJob"),
        ("cancel", "CancelJob"),
        ("undelete", "UndeleteJob"),
        ("resume", "ResumeJob"),
    ):
        answer = await gate.http.post(f"/v1/jobs/{JOB}/{verb}")
        assert (answer.status_code, answer.json()["id"]) == (200, JOB)
        [asked] = gate.script.asked(name)
        assert (asked.owner, asked.job_id) == ("local", JOB)
    await gate.http.post(f"/v1/jobs/{JOB}/resume", json={"stage": "matte"})
    assert gate.script.asked("ResumeJob")[1].stage == common_pb2.STAGE_MATTE
    gone = jobs_pb2.DeleteJobResponse()
    gone.undo_until.FromJsonString("2026-11-24T07:45:12Z")
    gate.script.answers["DeleteJob"] = gone
    answer = await gate.http.delete(f"/v1/jobs/{JOB}")
    assert answer.json() == {"undo_until": "2026-11-24T07:45:12Z"}


async def test_requests_are_counted_by_route_never_by_path(gate: Gateway) -> None:
    def count(route: str, status: str) -> float:
        labels = {"method": "GET", "route": route, "status": status}
        return REGISTRY.get_sample_value("popcon_http_requests_total", labels) or 0

    before = count("/v1/jobs/{job}", "200"), count("none", "404")
    await gate.http.get(f"/v1/jobs/{JOB}")
    await gate.http.get("/v1/nothing-of-the-kind")
    assert (count("/v1/jobs/{job}", "200"), count("none", "404")) == (before[0] + 1, before[1] + 1)
