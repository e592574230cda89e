"""Processes that die at just the moments that matter: between the outputs, the commit and the acknowledgement."""

import time

import pytest

from popcon import crash
from popcon.rest import JobState
from tests.chaos.spine_jobs import Spine, states
from tests.fixtures.invariants import read
from tests.fixtures.stack import ACK_WAIT_S, eventually, wait_over

RECOVERED_S = ACK_WAIT_S + 5
DRAINED_S = 10

# What was taken and never published comes free only after a while.
SLOW = {"after_take", "after_commit"}
POINTS = [pytest.param(point, marks=pytest.mark.full if point in SLOW else ()) for point in crash.ORCHESTRATOR]


def test_a_worker_may_die_at_every_point_of_its_runs(spine: Spine) -> None:
    """Faults 1 and 2: what was made is made once, whether it was killed before or after it could say so."""
    deaths = {}
    with spine.stack.client() as client:
        job = spine.order(client)
        for point in ("after_upload", "after_complete", "after_claim", "after_ack"):
            with spine.stack.crash("noop", point):
                pass
            deaths[point] = time.time()
        (done,) = wait_over(client, [job])
    assert done.state is JobState.DONE
    eventually(lambda: spine.tasks_held() == 0, "every task that was handed out again is acknowledged")
    # Start frame: killed after its upload and, by the next, after its report. Motion: after its claim and its end.
    attempts = {run["stage"]: (run["attempt"], run["losses"]) for run in spine.runs(job, "succeeded")}
    once = {"matte": (1, 0), "pack": (1, 0), "assemble": (1, 0)}
    assert attempts == {"startframe": (2, 1), "motion": (2, 1), **once}
    made = spine.manifests(job)
    assert made == {"startframe": [1], "motion": [2], "matte": [1], "pack-line-emoji": [1], "line-emoji": [1]}
    again = {event["stage"]: event["at"] / 1000 for event in spine.story(job) if event["data"].get("attempt") == 2}
    assert again["startframe"] - deaths["after_upload"] <= RECOVERED_S
    assert again["motion"] - deaths["after_claim"] <= RECOVERED_S


@pytest.mark.parametrize("point", POINTS)
def test_an_orchestrator_may_die_around_the_commit_that_ends_a_stage(spine: Spine, point: str) -> None:
    """Fault 4: the stage is neither lost nor done again, and what follows is published."""
    with spine.stack.client(patience_s=30) as client:
        job = spine.order(client)
        spine.until_running(job)
        with spine.stack.crash("orchestrator", point):
            pass
        died = time.time()
        assert states(wait_over(client, [job])) == [JobState.DONE]
    assert {(run["attempt"], run["losses"]) for run in spine.runs(job, "succeeded")} == {(1, 0)}
    assert set(map(tuple, spine.manifests(job).values())) == {(1,)}
    began = {event["stage"]: event["at"] / 1000 for event in spine.story(job) if event["type"] == "run.started"}
    assert began["motion"] - died <= DRAINED_S


@pytest.mark.full
@pytest.mark.parametrize("point", crash.ORCHESTRATOR)
def test_an_orchestrator_may_die_around_the_commit_that_makes_a_job(spine: Spine, point: str) -> None:
    """Fault 4: who asked asks again with the same key, and there is one job."""
    with spine.stack.client(patience_s=30) as client:
        client.jobs()
        with spine.stack.crash("orchestrator", point):
            job = spine.order(client, name=point)
        assert states(wait_over(client, [job])) == [JobState.DONE]
    assert [row["id"] for row in read(spine.stack.folder).jobs if row["name"] == point] == [job.id]
    assert {run["attempt"] for run in spine.runs(job, "succeeded")} == {1}
