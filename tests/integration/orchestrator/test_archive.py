"""What a card of the archive shows, how cards are searched for, and how a job can be made again from its answer."""

import unicodedata

import pytest

from popcon import rpc
from popcon.catalog import limits
from popcon.v1 import common_pb2, jobs_pb2
from tests.fixtures.orchestrator import Orchestrator, an_action
from tests.fixtures.work import Hand


async def names(house: Orchestrator, search: str) -> list[str]:
    request = jobs_pb2.ListJobsRequest(owner="local", search=search)
    return [job.name for job in (await rpc.call(house.jobs.ListJobs, request)).jobs]


async def test_a_card_counts_the_emoji_that_are_done(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry", "angry", name="Cat")
    joy, cry, _ = job.actions
    runs = {run["action_id"]: run["id"] for run in await hand.queued(job.id)}
    await hand.fail(await hand.take(runs[cry.id]))
    await hand.succeed(await hand.take(runs[joy.id]))
    for stage in ("motion", "matte", "pack"):
        await hand.succeed(await hand.start(job.id, stage))
    (card,) = (await rpc.call(house.jobs.ListJobs, jobs_pb2.ListJobsRequest(owner="local"))).jobs
    assert (card.name, card.done, card.picture_id) == ("Cat", 1, job.picture.id)
    assert card.created_at.ToMilliseconds() <= card.updated_at.ToMilliseconds()
    states = jobs_pb2.ActionState
    assert [(action.label, action.state, action.last_stage) for action in card.actions] == [
        ("Joy", states.ACTION_STATE_DONE, common_pb2.STAGE_PACK),
        ("Cry", states.ACTION_STATE_FAILED, common_pb2.STAGE_UNSPECIFIED),
        ("Angry", states.ACTION_STATE_QUEUED, common_pb2.STAGE_UNSPECIFIED),
    ]


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("Élan", "éLAN"),
        ("STRASSE", "straße"),
        (unicodedata.normalize("NFD", "고양이"), "고양"),
        ("고양이", unicodedata.normalize("NFD", "고양")),
        ("ネコ", "ﾈｺ"),
        ("Ｃａｔ", "cat"),
        ("x" * limits.NAME_MAX_CHARS, "x" * limits.NAME_MAX_CHARS),
        ("\ufdfa" * limits.NAME_MAX_CHARS, "\ufdfa"),
    ],
)
async def test_a_name_is_found_however_it_is_written(house: Orchestrator, name: str, search: str) -> None:
    await house.create(name="another")
    await house.create(name=name)
    assert await names(house, search) == [name]


async def test_marks_of_a_pattern_are_letters_like_others(house: Orchestrator) -> None:
    for name in ("a%b", "a_b", "a/b", "axb"):
        await house.create(name=name)
    for search in ("a%b", "a_b", "a/b"):
        assert await names(house, search) == [search]


async def test_a_job_can_be_made_again_from_its_answer(house: Orchestrator) -> None:
    """With another picture: nothing but what the answer says is needed."""
    picture = await house.picture()
    tear = common_pb2.Direction(preset="cry", effect_prompt="one big tear")
    trumpet = common_pb2.Direction(action_prompt="plays the trumpet")
    actions = [
        an_action("joy"),
        jobs_pb2.ActionSpec(direction=tear, label="Sob"),
        jobs_pb2.ActionSpec(direction=trumpet),
    ]
    asked = jobs_pb2.CreateJobRequest(
        owner="local",
        picture_id=picture.id,
        actions=actions,
        options=jobs_pb2.JobOptions(
            review=True, refine=True, takes=3, targets=["web", "line-emoji"], seed=7, lane="LANE_INTERACTIVE",
            startframe_backend="puppet", motion_backend="puppet", matte_backend="classic",
        ),
        name="Cat",
    )  # fmt: skip
    first = (await rpc.call(house.jobs.CreateJob, asked)).job
    other = await house.picture(sha256="c" * 64)
    again = jobs_pb2.CreateJobRequest(
        owner="local",
        picture_id=other.id,
        actions=[jobs_pb2.ActionSpec(direction=item.direction, label=item.label) for item in first.actions],
        options=first.options,
        name=first.name,
    )
    second = (await rpc.call(house.jobs.CreateJob, again)).job
    assert second.picture == other
    assert (second.name, second.options) == (first.name, first.options) == (asked.name, asked.options)
    assert [(item.direction, item.label) for item in second.actions] == [
        (item.direction, item.label) for item in first.actions
    ]
    assert [action.label for action in second.actions] == ["Joy", "Sob", "plays the trumpet"]
