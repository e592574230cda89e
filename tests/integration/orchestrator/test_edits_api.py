"""Refine sessions over real gRPC."""

import asyncio

import pytest

from popcon import errors, rpc
from popcon.catalog import limits
from popcon.v1 import common_pb2, edits_pb2, jobs_pb2, runs_pb2
from services.orchestrator import tables
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.work import Hand


class Edits:
    """An edit of an action, followed from answer to answer."""

    def __init__(self, house: Orchestrator, edit: edits_pb2.Edit) -> None:
        self.house = house
        self.edit = edit

    async def do(self, name: str, version: int = 0, **content: object) -> edits_pb2.Edit:
        kind = getattr(edits_pb2, f"{name}Request")
        request = kind(owner="local", edit_id=self.edit.id, version=version or self.edit.version, **content)
        self.edit = (await rpc.call(getattr(self.house.edits, name), request)).edit
        return self.edit

    async def append(self, *frames: int) -> edits_pb2.Edit:
        return await self.do("AppendOperation", operation=restore(*frames))


def restore(*frames: int, box: common_pb2.Box | None = None) -> runs_pb2.Operation:
    return runs_pb2.Operation(kind="restore", frames=frames, box=box)


def frames(edit: edits_pb2.Edit) -> list[int]:
    """Which operation is which is told by the frame that it touches."""
    return [operation.frames[0] for operation in edit.operations]


async def open_edit(house: Orchestrator, action: jobs_pb2.Action) -> Edits:
    request = edits_pb2.OpenEditRequest(owner="local", action_id=action.id, version=action.version)
    return Edits(house, (await rpc.call(house.edits.OpenEdit, request)).edit)


async def finished(house: Orchestrator, hand: Hand, **options: object) -> jobs_pb2.Action:
    job = await house.create(**options)
    await hand.work(job.id)
    return (await house.job(job.id)).actions[0]


async def action_now(house: Orchestrator, action: jobs_pb2.Action) -> jobs_pb2.Action:
    return (await house.job(action.job_id)).actions[0]


async def test_an_edit_of_a_finished_action_is_applied_as_a_new_run(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    edits = await open_edit(house, action)
    assert (edits.edit.state, edits.edit.version, edits.edit.cursor) == (edits_pb2.EDIT_STATE_OPEN, 1, 0)
    assert (edits.edit.base.stage, edits.edit.base.run) == (common_pb2.STAGE_MATTE, 1)
    opened = await action_now(house, action)
    assert (opened.state, opened.edit_id) == (jobs_pb2.ACTION_STATE_AWAITING_REFINE, edits.edit.id)
    box = common_pb2.Box(left=1, top=2, right=30, bottom=40)
    await edits.do("AppendOperation", operation=restore(3, 4, box=box))
    await edits.append(7)
    applied = await edits.do("ApplyEdit")
    assert (applied.state, applied.version) == (edits_pb2.EDIT_STATE_APPLIED, 4)
    held = await hand.start(action.job_id)
    assert (held.stage, held.number, held.backend) == (common_pb2.STAGE_MATTE, 2, "edit")
    assert held.matte.base.sha256 == next(
        run.manifest.sha256 for run in action.runs if run.stage == common_pb2.STAGE_MATTE
    )
    assert [(list(each.frames), each.box) for each in held.matte.operations] == [
        ([3, 4], box),
        ([7], common_pb2.Box()),
    ]
    assert not held.matte.operations[1].HasField("box")
    await hand.succeed(held)
    await hand.work(action.job_id)
    after = await action_now(house, action)
    assert (after.state, after.edit_id) == (jobs_pb2.ACTION_STATE_DONE, "")
    assert {(run.stage, run.number) for run in after.runs if run.outdated} == {(common_pb2.STAGE_PACK, 1)}


async def test_the_gate_is_left_by_applying(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand, refine=True)
    assert action.state == jobs_pb2.ACTION_STATE_AWAITING_REFINE
    edits = await open_edit(house, action)
    await edits.append(1)
    await edits.do("ApplyEdit")
    await hand.work(action.job_id)
    assert (await action_now(house, action)).state == jobs_pb2.ACTION_STATE_DONE


async def test_undo_and_redo_move_the_cursor_and_keep_the_way_ahead(house: Orchestrator, hand: Hand) -> None:
    edits = await open_edit(house, await finished(house, hand))
    for frame in (1, 2, 3):
        await edits.append(frame)
    assert (await edits.do("UndoOperation")).cursor == 2
    assert (frames(edits.edit), edits.edit.version) == ([1, 2, 3], 5)
    assert (await edits.do("RedoOperation")).cursor == 3
    with pytest.raises(errors.WrongState, match="nothing to redo"):
        await edits.do("RedoOperation")
    for _ in range(3):
        await edits.do("UndoOperation")
    with pytest.raises(errors.WrongState, match="nothing to undo"):
        await edits.do("UndoOperation")
    assert (edits.edit.cursor, frames(edits.edit)) == (0, [1, 2, 3])


async def test_appending_after_an_undo_drops_the_way_ahead(house: Orchestrator, hand: Hand) -> None:
    edits = await open_edit(house, await finished(house, hand))
    for frame in (1, 2, 3):
        await edits.append(frame)
    await edits.do("UndoOperation")
    await edits.do("UndoOperation")
    await edits.append(9)
    assert (frames(edits.edit), edits.edit.cursor) == ([1, 9], 2)
    assert [operation.seq for operation in edits.edit.operations] == [1, 2]
    with pytest.raises(errors.WrongState, match="nothing to redo"):
        await edits.do("RedoOperation")
    rows = await house.rows(tables.operations)
    assert [(row["parameters"]["frames"], row["dropped"]) for row in rows] == [
        ([1], False), ([2], True), ([3], True), ([9], False),
    ]  # fmt: skip
    request = edits_pb2.GetEditRequest(owner="local", edit_id=edits.edit.id)
    assert (await rpc.call(house.edits.GetEdit, request)).edit == edits.edit


async def test_what_was_undone_is_not_applied(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    edits = await open_edit(house, action)
    await edits.append(1)
    await edits.append(2)
    await edits.do("UndoOperation")
    await edits.do("ApplyEdit")
    held = await hand.start(action.job_id)
    assert [list(each.frames) for each in held.matte.operations] == [[1]]


async def test_every_change_names_the_version_that_it_saw(house: Orchestrator, hand: Hand) -> None:
    edits = await open_edit(house, await finished(house, hand))
    await edits.append(1)
    for name in ("AppendOperation", "UndoOperation", "RedoOperation", "ApplyEdit", "DiscardEdit"):
        with pytest.raises(errors.StaleVersion):
            await edits.do(name, version=1, **({"operation": restore(2)} if name == "AppendOperation" else {}))
        request = getattr(edits_pb2, f"{name}Request")(owner="local", edit_id=edits.edit.id)
        with pytest.raises(errors.InvalidRequest) as caught:
            await rpc.call(getattr(house.edits, name), request)
        assert caught.value.field == "version"


async def test_of_twenty_appends_at_one_version_one_is_taken(house: Orchestrator, hand: Hand) -> None:
    edits = await open_edit(house, await finished(house, hand))
    version = edits.edit.version
    calls = [edits.do("AppendOperation", version=version, operation=restore(frame)) for frame in range(20)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(answer, edits_pb2.Edit) for answer in answers) == 1
    assert {type(each) for each in answers} == {edits_pb2.Edit, errors.StaleVersion}
    assert len(await house.rows(tables.operations)) == 1


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        (runs_pb2.Operation(kind="blur"), "operation.kind"),
        (runs_pb2.Operation(kind="x" * 1_000_000), "operation.kind"),
        (restore(-1), "operation.frames"),
        (restore(limits.CLIP_MAX_FRAMES), "operation.frames"),
        (restore(box=common_pb2.Box(left=3, top=0, right=3, bottom=1)), "operation.box"),
        (restore(box=common_pb2.Box(left=-1, top=0, right=3, bottom=1)), "operation.box"),
    ],
)
async def test_a_bad_operation_is_refused(
    house: Orchestrator, hand: Hand, operation: runs_pb2.Operation, field: str
) -> None:
    edits = await open_edit(house, await finished(house, hand))
    await edits.append(1)
    await edits.do("UndoOperation")
    before = edits.edit
    with pytest.raises(errors.InvalidRequest) as caught:
        await edits.do("AppendOperation", operation=operation)
    assert caught.value.field == field
    request = edits_pb2.GetEditRequest(owner="local", edit_id=before.id)
    assert (await rpc.call(house.edits.GetEdit, request)).edit == before, "the way ahead was dropped"


async def test_an_edit_holds_a_bounded_number_of_operations(
    house: Orchestrator, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OPERATIONS_MAX", 2)
    edits = await open_edit(house, await finished(house, hand))
    await edits.append(1)
    await edits.append(2)
    await edits.do("UndoOperation")
    with pytest.raises(errors.WrongState, match="at most 2 operations"):
        await edits.append(3)


async def test_an_open_edit_is_answered_as_it_is(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    opened = await asyncio.gather(*(open_edit(house, action) for _ in range(5)))
    assert len({each.edit.id for each in opened}) == 1
    await opened[0].append(1)
    assert (await open_edit(house, action)).edit == opened[0].edit
    assert len(await house.rows(tables.edits)) == 1


async def test_applying_twice_is_applying_once(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    edits = await open_edit(house, action)
    await edits.append(1)
    version = edits.edit.version
    answers = [await edits.do("ApplyEdit", version=version) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(await hand.queued(action.job_id)) == 1
    with pytest.raises(errors.WrongState, match="applied"):
        await edits.append(2)


async def test_discarding_leaves_a_finished_action_finished(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    edits = await open_edit(house, action)
    await edits.append(1)
    discarded = await edits.do("DiscardEdit")
    assert discarded.state == edits_pb2.EDIT_STATE_DISCARDED
    assert await edits.do("DiscardEdit", version=2) == discarded
    after = await action_now(house, action)
    assert (after.state, after.edit_id) == (jobs_pb2.ACTION_STATE_DONE, "")
    assert await hand.queued(action.job_id) == []
    again = await open_edit(house, after)
    assert again.edit.id != edits.edit.id


async def test_an_action_that_moves_on_closes_its_edit(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    edits = await open_edit(house, action)
    request = jobs_pb2.ResumeActionRequest(owner="local", action_id=action.id, stage=common_pb2.STAGE_MATTE)
    await rpc.call(house.jobs.ResumeAction, request)
    for name in ("ApplyEdit", "DiscardEdit"):
        found = await rpc.call(house.edits.GetEdit, edits_pb2.GetEditRequest(owner="local", edit_id=edits.edit.id))
        assert found.edit.state == edits_pb2.EDIT_STATE_DISCARDED
        if name == "ApplyEdit":
            with pytest.raises(errors.WrongState, match="discarded"):
                await edits.do(name)


async def test_an_edit_whose_run_failed_can_be_applied_again(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    edits = await open_edit(house, action)
    await edits.append(4)
    await edits.do("ApplyEdit")
    await hand.fail(await hand.start(action.job_id), "picture_blank")
    failed = await action_now(house, action)
    assert (failed.state, failed.edit_id) == (jobs_pb2.ACTION_STATE_AWAITING_REFINE, edits.edit.id)
    assert failed.failure.code == "picture_blank"
    found = (await open_edit(house, failed)).edit
    assert (found.id, found.state, frames(found)) == (edits.edit.id, edits_pb2.EDIT_STATE_OPEN, [4])
    edits.edit = found
    await edits.do("ApplyEdit")
    held = await hand.start(action.job_id)
    assert (held.number, [list(each.frames) for each in held.matte.operations]) == (3, [[4]])
    await hand.succeed(held)
    await hand.work(action.job_id)
    after = await action_now(house, action)
    assert (after.state, after.HasField("failure")) == (jobs_pb2.ACTION_STATE_DONE, False)


async def test_cancelling_a_touch_up_leaves_a_finished_action_finished(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    edits = await open_edit(house, action)
    await rpc.call(house.jobs.CancelAction, jobs_pb2.CancelActionRequest(owner="local", action_id=action.id))
    assert (await action_now(house, action)).state == jobs_pb2.ACTION_STATE_DONE
    with pytest.raises(errors.WrongState, match="discarded"):
        await edits.append(1)


async def test_without_a_matte_nothing_can_be_edited(house: Orchestrator) -> None:
    job = await house.create()
    with pytest.raises(errors.WrongState):
        await open_edit(house, job.actions[0])


async def test_an_edit_starts_from_its_base_whatever_is_selected_later(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    request = jobs_pb2.ResumeActionRequest(owner="local", action_id=action.id, stage=common_pb2.STAGE_MOTION)
    await rpc.call(house.jobs.ResumeAction, request)
    await hand.work(action.job_id)
    edits = await open_edit(house, await action_now(house, action))
    assert edits.edit.base.run == 2
    selection = common_pb2.Selection(stage=common_pb2.STAGE_MATTE, run=1)
    await rpc.call(
        house.jobs.SelectTake, jobs_pb2.SelectTakeRequest(owner="local", action_id=action.id, selection=selection)
    )
    await edits.do("ApplyEdit")
    held = await hand.start(action.job_id)
    assert "/matte/2/" in held.matte.base.key
    assert "/motion/2/" in held.matte.motion.key


async def test_each_step_of_an_edit_is_an_event_so_that_others_see_it(house: Orchestrator, hand: Hand) -> None:
    edits = await open_edit(house, await finished(house, hand))
    await edits.append(1)
    await edits.do("UndoOperation")
    told = [row for row in await house.rows(tables.events) if row["type"] == "edit.changed"]
    assert [row["data"] for row in told] == [{"edit_id": edits.edit.id, "version": version} for version in (2, 3)]
    assert {(row["action_id"], row["stage"]) for row in told} == {(edits.edit.action_id, "matte")}
