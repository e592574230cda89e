"""Requests that cannot be met: odd queries, ids, versions and routes, refusals of services, and what breaks inside."""

from typing import Any

import pytest

from popcon import errors
from services.gateway import links
from tests.fixtures.gateway import ACTION, EDIT, JOB, PICTURE, Gateway, made, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

WAVE = [{"preset": "wave"}]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("state=asleep", "state[0]"),
        ("search=%00", "search"),
        ("search=" + "x" * 201, "search"),
        ("cursor=%00", "cursor"),
        ("deleted=perhaps", "deleted"),
    ],
)
async def test_wrong_queries(gate: Gateway, query: str, field: str) -> None:
    problem(await gate.http.get(f"/v1/jobs?{query}"), 422, "invalid_request", field)
    assert not gate.script.seen


@pytest.mark.parametrize("version", [-1, 2**63, 1.5, "x", None, [], 10**400])
async def test_wrong_versions(gate: Gateway, version: Any) -> None:
    for path in (f"/v1/jobs/{JOB}/actions/{ACTION}/approve", f"/v1/edits/{EDIT}/undo"):
        problem(await gate.http.post(path, json={"version": version}), 422, "invalid_request", "version")
    assert not made(gate)


@pytest.mark.parametrize("key", ["k" * 201, "caf\u00e9".encode("latin-1")])
async def test_a_wrong_idempotency_key(gate: Gateway, key: Any) -> None:
    body = {"picture_id": PICTURE, "actions": WAVE}
    answer = await gate.http.post("/v1/jobs", json=body, headers={"Idempotency-Key": key})
    problem(answer, 422, "invalid_request", "idempotency-key")
    assert not gate.script.seen


ODD_IDS = [
    "job_1",
    "nonsense",
    "job_" + "x" * 32,
    "%00",
    "job_%ED%A0%80",
    "..",
    PICTURE,
    "job_" + "0" * 5000,
]


@pytest.mark.parametrize("odd", ODD_IDS)
async def test_ids_that_cannot_exist_reach_nobody(gate: Gateway, odd: str) -> None:
    for path in (f"/v1/jobs/{odd}", f"/v1/jobs/{odd}/events", f"/v1/jobs/{odd}/actions/{ACTION}", f"/v1/edits/{odd}"):
        problem(await gate.http.get(path), 404, "not_found")
    problem(await gate.http.post(f"/v1/jobs/{odd}/cancel"), 404, "not_found")
    assert not gate.script.seen


async def test_ids_that_do_not_exist(gate: Gateway) -> None:
    gate.script.raises = dict.fromkeys(
        ("GetJob", "GetPicture", "GetEdit", "CancelJob", "CreateJob"), errors.NotFound("There is none; look again.")
    )
    for path in (f"/v1/jobs/{JOB}", f"/v1/jobs/{JOB}/events", f"/v1/pictures/{PICTURE}", f"/v1/edits/{EDIT}"):
        problem(await gate.http.get(path), 404, "not_found")
    problem(await gate.http.post(f"/v1/jobs/{JOB}/cancel"), 404, "not_found")
    problem(await gate.http.post(f"/v1/jobs/{JOB}/actions/{ACTION}/approve"), 404, "not_found")
    body = {"picture_id": PICTURE, "actions": WAVE}
    problem(await gate.http.post("/v1/jobs", json=body), 404, "not_found")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.WrongState("The action does not await review; look at its state."), 409),
        (errors.StaleVersion("The action is at version 5, not 4; look at it again."), 409),
        (errors.InputsMissing("There is no clip to start from; resume from motion."), 409),
    ],
)
async def test_a_change_that_does_not_fit(gate: Gateway, error: errors.PopconError, status: int) -> None:
    gate.script.raises["ApproveAction"] = error
    answer = await gate.http.post(f"/v1/jobs/{JOB}/actions/{ACTION}/approve", json={"version": 4})
    problem(answer, status, error.code)


async def test_one_idempotency_key_with_another_body(gate: Gateway) -> None:
    gate.script.raises["CreateJob"] = errors.IdempotencyMismatch("The key was used for another job; take a new one.")
    answer = await gate.http.post(
        "/v1/jobs", json={"picture_id": PICTURE, "actions": WAVE}, headers={"Idempotency-Key": "k"}
    )
    problem(answer, 422, "idempotency_mismatch")


async def test_unknown_routes_and_methods(gate: Gateway) -> None:
    for path in (
        "/nothing",
        "/v1",
        "/v1/nothing",
        "/v1/jobs/",
        "/docs",
        "/v1/docs",
        "/v1/redoc",
        "/%00",
        "/v1/../etc/passwd",
    ):
        problem(await gate.http.get(path), 404, "not_found")
    answer = await gate.http.patch(f"/v1/jobs/{JOB}")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "DELETE, GET"


async def test_what_went_wrong_inside_is_not_told(gate: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PATIENCE_S", 0.1)
    gate.script.raises["GetJob"] = errors.Unavailable("postgres at 10.0.0.7:5432 refused popcon:secret")
    gate.script.raises["GetPicture"] = errors.Internal("Traceback: secret")
    gate.script.answers["CancelJob"] = None  # the service itself breaks
    answer = await gate.http.get(f"/v1/jobs/{JOB}")
    problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    broken = [await gate.http.get(f"/v1/pictures/{PICTURE}"), await gate.http.post(f"/v1/jobs/{JOB}/cancel")]
    for found in broken:
        problem(found, 500, "internal")
    assert not any("secret" in found.text for found in (answer, *broken))


async def test_every_answer_forbids_guessing_at_its_type(gate: Gateway) -> None:
    for path in ("/v1/presets", "/v1/nothing", f"/v1/jobs/{JOB}"):
        assert (await gate.http.get(path)).headers["x-content-type-options"] == "nosniff"
