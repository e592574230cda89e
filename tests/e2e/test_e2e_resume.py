"""A finished action is made again from each stage; its events are followed over a gateway that is killed."""

import threading
from collections import Counter

import httpx
import pytest

from popcon import rest
from popcon.client import Popcon
from popcon.rest import ActionStage, JobState, RunState
from tests.fixtures.invariants import read
from tests.fixtures.stack import LiveStack, eventually, wait_over

STAGES = list(ActionStage)


@pytest.fixture(scope="module")
def finished(live: LiveStack, penguin: str) -> rest.Job:
    with live.client() as client:
        (job,) = wait_over(client, [client.create_job(penguin, ["thanks"], name="again")])
    assert job.state is JobState.DONE
    return job


def counts(action: rest.Action) -> Counter[str]:
    return Counter(run.stage.value for run in action.runs)


@pytest.mark.parametrize("stage", STAGES[::-1])
def test_an_action_can_be_made_again_from_any_stage(client: Popcon, finished: rest.Job, stage: ActionStage) -> None:
    before = client.job(finished.id).actions[0]
    client.resume(before, stage)
    eventually(lambda: client.job(finished.id).state is JobState.DONE, "it is done again", 60)
    (again,) = wait_over(client, [finished])[0].actions
    made = counts(again) - counts(before)
    assert made == Counter(later.value for later in STAGES[STAGES.index(stage) :])
    assert {run.state for run in again.runs} == {RunState.SUCCEEDED}
    assert [run.stage.value for run in again.runs if run.outdated] == [
        run.stage.value
        for run in again.runs[: -made.total()]
        if STAGES.index(ActionStage(run.stage)) > STAGES.index(stage)
    ]


def test_a_follower_misses_nothing_when_the_gateway_is_killed(live: LiveStack, client: Popcon, penguin: str) -> None:
    job = client.create_job(penguin, ["joy"], name="followed")
    heard: list[int] = []

    def follow() -> None:
        with live.client() as other:
            for event in other.events(job.id):
                heard.extend([event.seq] if event.seq else [])
                if event.type == "set.changed" and event.data["state"] != "pending":
                    return

    following = threading.Thread(target=follow)
    following.start()
    for so_far in (2, 8):
        eventually(lambda least=so_far: len(heard) >= least, f"{so_far} events came", 40)  # type: ignore[misc]
        live.kill("gateway")
    following.join(60)
    assert heard == list(range(1, len(heard) + 1))
    wait_over(client, [job])
    assert len(heard) == client.job(job.id).last_seq


def test_a_stream_goes_on_after_last_event_id_whichever_gateway_is_asked(live: LiveStack, finished: rest.Job) -> None:
    told = [event["seq"] for event in read(live.folder).events if event["job_id"] == finished.id]
    assert numbers(live.url, finished.id, after=0, count=4) == told[:4]
    with live.another("gateway") as second:
        assert numbers(second.url, finished.id, after=4, count=len(told) - 4) == told[4:]


def numbers(url: str, job_id: str, after: int, count: int) -> list[int]:
    """The numbers of so many events."""
    headers = {"Last-Event-ID": str(after)}
    found: list[int] = []
    with httpx.stream("GET", f"{url}/v1/jobs/{job_id}/events", headers=headers, timeout=20, trust_env=False) as answer:
        for line in answer.iter_lines():
            found.extend([int(line.removeprefix("id: "))] if line.startswith("id: ") else [])
            if len(found) == count:
                break
    return found
