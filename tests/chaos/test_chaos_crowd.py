"""Many say the same thing at the same moment, through two gateways: it happens once and all get the same answer."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest

from popcon.rest import ActionState, JobState
from tests.chaos.spine_jobs import PRESETS, Spine, states
from tests.fixtures.invariants import read
from tests.fixtures.stack import eventually, wait_over

CROWD = 20


@pytest.fixture(scope="module")
def gateways(shared_spine: Spine) -> Iterator[tuple[str, str]]:
    """URLs of two gateways on one orchestrator."""
    with shared_spine.stack.another("gateway") as second:
        yield shared_spine.stack.url, second.url


def all_at_once(gateways: tuple[str, str], path: str, **request: Any) -> list[tuple[int, Any]]:
    """Status and body of every answer; half of the crowd goes to each gateway. Who is told that the same request is
    still at work asks again, as told."""
    together = threading.Barrier(CROWD)

    def send(number: int) -> tuple[int, Any]:
        with httpx.Client(base_url=gateways[number % 2], timeout=30, trust_env=False) as client:
            together.wait()
            answer = client.post(path, **request)
            while answer.status_code == httpx.codes.CONFLICT and answer.json()["code"] == "in_progress":
                time.sleep(float(answer.headers["Retry-After"]))
                answer = client.post(path, **request)
            return answer.status_code, answer.json()

    with ThreadPoolExecutor(CROWD) as crowd:
        return list(crowd.map(send, range(CROWD)))


def insist(url: str, key: str, body: dict[str, Any]) -> str:
    """Asks for a job until somebody answers; its id."""
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        with suppress(httpx.TransportError), httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
            answer = client.post("/v1/jobs", json=body, headers={"Idempotency-Key": key})
            if answer.status_code == httpx.codes.CREATED:
                return str(answer.json()["id"])
            assert answer.status_code in (409, 429, 503), answer.text
        time.sleep(0.05)
    pytest.fail("nobody answered")


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 9))])
def test_creations_with_one_key_make_one_job_though_the_gateway_dies_meanwhile(spine: Spine, seed: int) -> None:
    """Fault 7."""
    print(f"seed {seed}")
    name = f"insisted on {seed}"
    body = {"picture_id": spine.picture, "actions": [{"preset": "joy"}], "name": name}
    together = threading.Barrier(CROWD + 1)

    def send(_number: int) -> str:
        together.wait()
        return insist(spine.stack.url, name, body)

    with ThreadPoolExecutor(CROWD) as crowd:
        answers = [crowd.submit(send, number) for number in range(CROWD)]
        together.wait()
        time.sleep(random.Random(seed).uniform(0, 0.15))
        spine.stack.kill("gateway")
        found = {answer.result() for answer in answers}
    assert {row["id"] for row in read(spine.stack.folder).jobs if row["name"] == name} == found
    assert len(found) == 1
    with spine.stack.client() as client:
        assert states(wait_over(client, [client.job(found.pop())])) == [JobState.DONE]


def the_answer(answers: list[tuple[int, Any]]) -> tuple[int, Any]:
    """The one answer that all got."""
    assert [answer for answer in answers if answer != answers[0]] == []
    return answers[0]


def test_creations_with_one_key_make_one_job(spine: Spine, gateways: tuple[str, str]) -> None:
    """Fault 7: and another body under that key is refused."""
    body = {"picture_id": spine.picture, "actions": [{"preset": preset} for preset in PRESETS[:2]], "name": "crowd"}
    headers = {"Idempotency-Key": "crowd-1"}
    status, job = the_answer(all_at_once(gateways, "/v1/jobs", json=body, headers=headers))
    assert status == 201
    assert [row["id"] for row in read(spine.stack.folder).jobs if row["name"] == "crowd"] == [job["id"]]
    with httpx.Client(trust_env=False) as other:
        answer = other.post(f"{gateways[1]}/v1/jobs", json={**body, "name": "another"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    with spine.stack.client() as client:
        (done,) = wait_over(client, [client.job(job["id"])])
        assert done.state is JobState.DONE


def test_approvals_of_one_version_are_one_transition(spine: Spine, gateways: tuple[str, str]) -> None:
    with spine.stack.client() as client:
        job = spine.order(client, review=True, takes=2)
        eventually(lambda: client.job(job.id).actions[0].state is ActionState.AWAITING_REVIEW, "it awaits review")
        (action,) = client.job(job.id).actions
        body = {"version": action.version, "run": 1, "take": 2}
        answers = all_at_once(gateways, f"/v1/jobs/{job.id}/actions/{action.id}/approve", json=body)
        status, approved = the_answer(answers)
        assert (status, approved["version"]) == (200, action.version + 1)
        (done,) = wait_over(client, [job])
    assert len([run for run in done.actions[0].runs if run.stage == "motion"]) == 1
    assert {(pick.stage, pick.run, pick.take) for pick in done.actions[0].selected} >= {("startframe", 1, 2)}
