"""Sets: which emoji are in them, in which order, and when they are made again."""

import pytest

from popcon import errors, rpc
from popcon.v1 import common_pb2, edits_pb2, jobs_pb2, runs_pb2, sets_pb2
from services.orchestrator import tables
from services.orchestrator.database import Row
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.work import SETTLED, Hand

LINE = "line-emoji"


async def assemblies(house: Orchestrator, job_id: str, target: str = LINE) -> list[Row]:
    runs = tables.runs
    return await house.rows(runs, runs.c.job_id == job_id, runs.c.stage == "assemble", runs.c.target == target)


async def a_set(house: Orchestrator, job_id: str, target: str = LINE) -> sets_pb2.EmojiSet:
    request = sets_pb2.GetSetRequest(owner="local", job_id=job_id, target=target)
    return (await rpc.call(house.sets.GetSet, request)).set


async def arrange(house: Orchestrator, job_id: str, **request: object) -> sets_pb2.EmojiSet:
    message = sets_pb2.ArrangeSetRequest(**{"owner": "local", "job_id": job_id, "target": LINE, **request})
    return (await rpc.call(house.sets.ArrangeSet, message)).set


async def made(house: Orchestrator, hand: Hand, *presets: str, **options: object) -> jobs_pb2.Job:
    """A job with every emoji packed and its sets assembled."""
    job = await house.create(*presets, **options)
    await hand.work(job.id)
    return await house.job(job.id)


async def act(house: Orchestrator, name: str, action: jobs_pb2.Action, **request: object) -> None:
    message = getattr(jobs_pb2, f"{name}Request")(owner="local", action_id=action.id, **request)
    await rpc.call(getattr(house.jobs, name), message)


async def test_a_set_is_pending_until_every_action_has_ended(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    assert await a_set(house, job.id) == sets_pb2.EmojiSet(job_id=job.id, target=LINE, state="SET_STATE_PENDING")
    for stage in ("startframe", "motion", "matte", "pack"):
        await hand.succeed(await hand.start(job.id, stage))
    assert await assemblies(house, job.id) == []
    await hand.work(job.id, until="assemble")
    (queued,) = await assemblies(house, job.id)
    found = await a_set(house, job.id)
    assert (found.state, found.number, found.digest) == (
        sets_pb2.SET_STATE_PENDING, 1, queued["parameters"]["digest"],
    )  # fmt: skip
    held = await hand.start(job.id)
    assert [item.action_id for item in held.assemble.items] == [action.id for action in job.actions]
    assert [(item.label, item.preset) for item in held.assemble.items] == [("Joy", "joy"), ("Cry", "cry")]
    assert all(item.pack.sha256 for item in held.assemble.items)
    assert "/sets/line-emoji/1" in held.prefix
    await hand.succeed(held)
    found = await a_set(house, job.id)
    assert found.state == sets_pb2.SET_STATE_COMPLETE
    assert found.zip.name == "set.zip"
    assert list((await house.job(job.id)).sets) == [found]


async def test_every_target_has_its_set(house: Orchestrator, hand: Hand) -> None:
    job = await made(house, hand, targets=[LINE, "web"])
    assert [(found.target, found.state) for found in job.sets] == [
        (LINE, sets_pb2.SET_STATE_COMPLETE), ("web", sets_pb2.SET_STATE_COMPLETE),
    ]  # fmt: skip
    assert len({found.digest for found in job.sets}) == 2


async def test_a_set_that_breaks_rules_is_incomplete_and_says_which(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.work(job.id, until="assemble")
    breach = {"rule": "set_too_small", "file": "", "message": "1 emoji, and 8 to 40 are wanted."}
    await hand.succeed(await hand.start(job.id), breaches=[breach])
    found = await a_set(house, job.id)
    assert found.state == sets_pb2.SET_STATE_INCOMPLETE
    assert list(found.breaches) == [sets_pb2.Breach(**breach)]
    assert found.zip.key, "it can be downloaded all the same"


async def test_a_set_that_cannot_be_made_has_failed(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.work(job.id, until="assemble")
    await hand.fail(await hand.start(job.id))
    assert (await a_set(house, job.id)).state == sets_pb2.SET_STATE_FAILED
    assert (await house.job(job.id)).state == jobs_pb2.JOB_STATE_DONE


@pytest.mark.parametrize("by", ["arranging", "resuming"])
async def test_a_set_that_failed_is_made_again_when_a_person_asks(house: Orchestrator, hand: Hand, by: str) -> None:
    job = await house.create()
    await hand.work(job.id, until="assemble")
    await hand.fail(await hand.start(job.id))
    if by == "arranging":
        await arrange(house, job.id)
    else:
        await rpc.call(house.jobs.ResumeJob, jobs_pb2.ResumeJobRequest(owner="local", job_id=job.id))
    await hand.work(job.id)
    found = await a_set(house, job.id)
    assert (found.state, found.number) == (sets_pb2.SET_STATE_COMPLETE, 2)


async def test_failed_and_cancelled_actions_are_left_out(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry", "angry")
    joy, cry, angry = job.actions
    await hand.fail(await hand.take(joy.runs[0].id))
    await act(house, "CancelAction", cry)
    await hand.work(job.id)
    assert list((await a_set(house, job.id)).action_ids) == [angry.id]


async def test_with_nothing_finished_there_is_no_set(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.fail(await hand.start(job.id))
    assert await assemblies(house, job.id) == []
    assert (await a_set(house, job.id)).number == 0


async def test_an_order_and_a_tab_image_make_a_new_set(house: Orchestrator, hand: Hand) -> None:
    job = await made(house, hand, "joy", "cry")
    joy, cry = (action.id for action in job.actions)
    found = await arrange(house, job.id, action_ids=[cry, joy])
    assert (found.state, found.number, list(found.action_ids)) == (sets_pb2.SET_STATE_PENDING, 2, [cry, joy])
    await hand.work(job.id)
    found = await arrange(house, job.id, tab_action_id=cry)
    assert (found.number, list(found.action_ids), found.tab_action_id) == (3, [cry, joy], cry)
    held = await hand.start(job.id)
    assert held.assemble.tab_action_id == cry
    await hand.succeed(held)
    assert len({row["parameters"]["digest"] for row in await assemblies(house, job.id)}) == 3


async def test_the_same_list_is_not_made_twice_in_a_row(house: Orchestrator, hand: Hand) -> None:
    job = await made(house, hand, "joy", "cry")
    before = await a_set(house, job.id)
    assert await arrange(house, job.id, action_ids=[action.id for action in job.actions]) == before
    assert len(await assemblies(house, job.id)) == 1


async def test_a_newer_list_supersedes_an_assembly_that_goes_on(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    await hand.work(job.id, until="assemble")
    held = await hand.start(job.id)
    joy, cry = (action.id for action in job.actions)
    await arrange(house, job.id, action_ids=[cry, joy])
    assert await hand.beat(held) == SETTLED
    assert await hand.succeed(held) == SETTLED
    assert [row["state"] for row in await assemblies(house, job.id)] == ["superseded", "queued"]
    await hand.work(job.id)
    found = await a_set(house, job.id)
    assert (found.state, found.number, list(found.action_ids)) == (sets_pb2.SET_STATE_COMPLETE, 2, [cry, joy])


async def test_a_pack_that_is_made_again_makes_the_set_again(house: Orchestrator, hand: Hand) -> None:
    job = await made(house, hand, "joy", "cry")
    old = await a_set(house, job.id)
    await act(house, "ResumeAction", job.actions[0], stage=common_pb2.STAGE_PACK)
    assert await a_set(house, job.id) == old, "the finished set stays until there is another"
    await hand.work(job.id)
    found = await a_set(house, job.id)
    assert found.number == 2
    assert found.digest != old.digest


async def test_an_older_pack_that_is_selected_makes_the_set_again(house: Orchestrator, hand: Hand) -> None:
    job = await made(house, hand)
    await act(house, "ResumeAction", job.actions[0], stage=common_pb2.STAGE_PACK)
    await hand.work(job.id)
    selection = common_pb2.Selection(stage=common_pb2.STAGE_PACK, target=LINE, run=1)
    await act(house, "SelectTake", job.actions[0], selection=selection)
    await hand.work(job.id)
    rows = await assemblies(house, job.id)
    digests = [row["parameters"]["digest"] for row in rows]
    assert digests[0] == digests[2] != digests[1]


async def test_opening_an_edit_takes_no_emoji_out_of_the_set(house: Orchestrator, hand: Hand) -> None:
    job = await made(house, hand, "joy", "cry")
    before = await a_set(house, job.id)
    request = edits_pb2.OpenEditRequest(owner="local", action_id=job.actions[0].id)
    await rpc.call(house.edits.OpenEdit, request)
    assert await a_set(house, job.id) == before
    assert len(await assemblies(house, job.id)) == 1


async def test_what_waits_for_review_again_keeps_its_emoji_in_the_set(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry", review=True)
    await hand.work(job.id)
    for action in job.actions:
        await act(house, "ApproveAction", action)
    await hand.work(job.id)
    before = await a_set(house, job.id)
    assert len(before.action_ids) == 2
    await act(house, "RegenerateAction", job.actions[0])
    await hand.work(job.id)
    assert await a_set(house, job.id) == before


async def test_a_tab_image_of_an_action_that_is_left_out_is_the_first(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry")
    await arrange(house, job.id, tab_action_id=job.actions[1].id)
    await act(house, "CancelAction", job.actions[1])
    await hand.work(job.id)
    found = await a_set(house, job.id)
    assert (list(found.action_ids), found.tab_action_id) == ([job.actions[0].id], "")


async def test_an_order_that_was_chosen_early_holds(house: Orchestrator, hand: Hand) -> None:
    job = await house.create("joy", "cry", "angry")
    order = [job.actions[index].id for index in (2, 0, 1)]
    await arrange(house, job.id, action_ids=order)
    await hand.work(job.id)
    assert list((await a_set(house, job.id)).action_ids) == order
    assert len(await assemblies(house, job.id)) == 1


async def test_a_set_without_its_zip_can_still_be_looked_at(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.work(job.id, until="assemble")
    await hand.succeed(await hand.start(job.id), zip="another.zip")
    found = await a_set(house, job.id)
    assert not found.HasField("zip")
    assert (await house.job(job.id)).sets[0] == found


async def test_a_deleted_job_assembles_nothing(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.work(job.id, until="assemble")
    held = await hand.start(job.id)
    await rpc.call(house.jobs.DeleteJob, jobs_pb2.DeleteJobRequest(owner="local", job_id=job.id))
    assert await hand.succeed(held) == SETTLED
    with pytest.raises(errors.NotFound):
        await a_set(house, job.id)
    await rpc.call(house.jobs.UndeleteJob, jobs_pb2.UndeleteJobRequest(owner="local", job_id=job.id))
    await hand.work(job.id)
    assert (await a_set(house, job.id)).state == sets_pb2.SET_STATE_COMPLETE


async def test_a_set_run_is_claimed_and_lost_like_any_other(house: Orchestrator, hand: Hand) -> None:
    job = await house.create()
    await hand.work(job.id, until="assemble")
    first = await hand.start(job.id)
    await house.end_lease(first.run_id)
    await house.reconciler.end_leases()
    other = Hand(house, "other")
    second = await other.take(first.run_id)
    assert (second.attempt, second.assemble) == (2, first.assemble)
    assert await hand.succeed(first) == runs_pb2.VERDICT_HELD
    await other.succeed(second)
    assert (await a_set(house, job.id)).state == sets_pb2.SET_STATE_COMPLETE
