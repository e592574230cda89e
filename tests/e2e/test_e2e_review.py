"""The review gate: take 2 of one action is approved, another is made anew, a third is cancelled."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from popcon import errors, rest
from popcon.client import Popcon
from popcon.rest import ActionState, JobState, RunState, SetState, Stage
from tests.fixtures.stack import LiveStack, eventually, wait_over


def await_review(client: Popcon, job_id: str) -> list[rest.Action]:
    """The actions of a job, once none of them can go on without a person."""
    eventually(lambda: client.job(job_id).state is JobState.AWAITING, f"{job_id} awaits review", 40)
    return client.job(job_id).actions


def runs(action: rest.Action, stage: Stage) -> list[rest.Run]:
    return [run for run in action.runs if run.stage is stage]


@pytest.fixture(scope="module")
def reviewed(live: LiveStack, penguin: str) -> rest.Job:
    """A job that went through the gate, as it is when it is over."""
    with live.client() as client:
        job = client.create_job(penguin, ["wave", "love", "sleep"], review=True, takes=2, name="reviewed")
        wave, love, sleep = await_review(client, job.id)
        assert {action.state for action in (wave, love, sleep)} == {ActionState.AWAITING_REVIEW}
        client.approve(wave, run=1, take=2)
        client.regenerate(love, rest.NewWords(preset="love", effect_prompt="one big heart"))
        client.cancel(sleep)
        eventually(lambda: len(client.job(job.id).actions[1].runs) == 2, "new start frames are asked for")
        eventually(lambda: client.job(job.id).actions[1].state is ActionState.AWAITING_REVIEW, "they are there", 40)
        with pytest.raises(errors.StaleVersion):
            client.approve(love, run=2, take=1)
        client.approve(client.job(job.id).actions[1], run=2, take=1)
        return wait_over(client, [job])[0]


def test_the_job_is_partial(reviewed: rest.Job) -> None:
    assert reviewed.state is JobState.PARTIAL
    assert [action.state for action in reviewed.actions] == [ActionState.DONE, ActionState.DONE, ActionState.CANCELLED]


def test_the_approved_take_is_what_motion_starts_from(reviewed: rest.Job) -> None:
    wave, love, _ = reviewed.actions
    assert [(pick.run, pick.take) for run in runs(wave, Stage.MOTION) for pick in run.inputs] == [(1, 2)]
    assert [(pick.run, pick.take) for run in runs(love, Stage.MOTION) for pick in run.inputs] == [(2, 1)]
    (frames,) = runs(wave, Stage.STARTFRAME)
    assert frames.takes == 2
    one, two = (output.sha256 for output in frames.outputs if output.media_type == "image/png")
    assert one != two


def test_regenerating_takes_the_new_words_and_keeps_the_old_run(reviewed: rest.Job) -> None:
    love = reviewed.actions[1]
    assert love.direction.effect_prompt == "one big heart"
    assert [run.state for run in runs(love, Stage.STARTFRAME)] == [RunState.SUCCEEDED, RunState.SUCCEEDED]


def test_a_cancelled_action_made_nothing_more(reviewed: rest.Job) -> None:
    assert {run.stage for run in reviewed.actions[2].runs} == {Stage.STARTFRAME}


def test_the_set_is_made_of_the_rest_and_says_what_it_lacks(reviewed: rest.Job, client: Popcon, tmp_path: Path) -> None:
    (emoji,) = reviewed.sets
    assert emoji.state is SetState.INCOMPLETE
    assert emoji.action_ids == [action.id for action in reviewed.actions[:2]]
    assert [breach.rule for breach in emoji.breaches] == ["set_too_small"]
    names = ZipFile(client.zip(reviewed.id, "line-emoji", tmp_path / "set.zip")).namelist()
    assert names == ["001.png", "002.png", "tab.png"]


def test_the_events_tell_it_from_the_beginning(reviewed: rest.Job, client: Popcon) -> None:
    told = []
    for event in client.events(reviewed.id):
        told.append(event)
        if event.seq == reviewed.last_seq:
            break
    assert [event.seq for event in told] == list(range(1, reviewed.last_seq + 1))
    assert told[0].type == "job.created"
    assert told[-1].type == "set.changed"
