"""Operations are told and applied as they were asked for, whatever their region; start frames are edited at review."""

import pytest

from popcon import errors, rpc
from popcon.v1 import common_pb2, edits_pb2, jobs_pb2, runs_pb2
from tests.fixtures.orchestrator import Orchestrator
from tests.fixtures.work import Hand

STARTFRAME = common_pb2.STAGE_STARTFRAME
BOX = common_pb2.Box(left=1, top=2, right=30, bottom=40)
STROKES = [
    runs_pb2.Stroke(points=[runs_pb2.Point(x=1.25, y=-2.5), runs_pb2.Point(x=40, y=41)], radius=7.5),
    runs_pb2.Stroke(points=[runs_pb2.Point(x=0, y=0)], radius=0.5),
]
EFFECTS = [runs_pb2.EffectRef(frame=0, number=2), runs_pb2.EffectRef(frame=5, number=255)]


async def finished(house: Orchestrator, hand: Hand) -> jobs_pb2.Action:
    job = await house.create()
    await hand.work(job.id)
    return (await house.job(job.id)).actions[0]


async def awaiting_review(house: Orchestrator, hand: Hand, takes: int = 2) -> jobs_pb2.Action:
    job = await house.create(review=True, takes=takes)
    await hand.work(job.id)
    return (await house.job(job.id)).actions[0]


async def now(house: Orchestrator, action: jobs_pb2.Action) -> jobs_pb2.Action:
    return (await house.job(action.job_id)).actions[0]


async def opened(house: Orchestrator, action: jobs_pb2.Action, **named: int) -> edits_pb2.Edit:
    request = edits_pb2.OpenEditRequest(owner="local", action_id=action.id, version=action.version, **named)
    return (await rpc.call(house.edits.OpenEdit, request)).edit


async def append(house: Orchestrator, edit: edits_pb2.Edit, operation: runs_pb2.Operation) -> edits_pb2.Edit:
    request = edits_pb2.AppendOperationRequest(
        owner="local", edit_id=edit.id, version=edit.version, operation=operation
    )
    return (await rpc.call(house.edits.AppendOperation, request)).edit


async def end(house: Orchestrator, edit: edits_pb2.Edit, name: str = "Apply") -> edits_pb2.Edit:
    request = getattr(edits_pb2, f"{name}EditRequest")(owner="local", edit_id=edit.id, version=edit.version)
    return (await rpc.call(getattr(house.edits, f"{name}Edit"), request)).edit


async def test_every_operation_is_told_and_applied_as_it_was_asked_for(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    edit = await opened(house, action)
    mask = f"owners/local/jobs/{action.job_id}/edits/{edit.id}/masks/{'a' * 64}.png"
    asked = [
        runs_pb2.Operation(kind="erase"),
        runs_pb2.Operation(kind="erase", frames=[3, 1], strokes=STROKES),
        runs_pb2.Operation(kind="restore", frames=[2], mask=mask),
        runs_pb2.Operation(kind="restore", box=BOX),
        runs_pb2.Operation(kind="drop_effect", effects=EFFECTS),
        runs_pb2.Operation(kind="keep_effect", effects=EFFECTS[1:]),
    ]
    for seq, operation in enumerate(asked, 1):
        edit = await append(house, edit, operation)
        operation.seq = seq
    assert list(edit.operations) == asked
    await end(house, edit)
    held = await hand.start(action.job_id)
    assert list(held.matte.operations) == asked


async def test_an_edit_of_a_start_frame_is_applied_as_a_run_of_one_take_that_awaits_review_again(
    house: Orchestrator, hand: Hand
) -> None:
    action = await awaiting_review(house, hand)
    edit = await opened(house, action, stage=STARTFRAME, take=2)
    assert edit.base == common_pb2.Selection(stage=STARTFRAME, run=1, take=2)
    assert edit.job_id == action.job_id
    open_action = await now(house, action)
    assert (open_action.state, open_action.edit_id) == (jobs_pb2.ACTION_STATE_AWAITING_REVIEW, edit.id)
    edit = await append(house, edit, runs_pb2.Operation(kind="erase", strokes=STROKES))
    await end(house, edit)
    held = await hand.start(action.job_id)
    assert (held.stage, held.number, held.backend) == (STARTFRAME, 2, "edit")
    assert held.startframe.base == action.runs[0].manifest
    assert (held.startframe.base_take, held.startframe.takes) == (2, 1)
    assert [operation.kind for operation in held.startframe.operations] == ["erase"]
    await hand.succeed(held)
    after = await now(house, action)
    assert (after.state, after.edit_id) == (jobs_pb2.ACTION_STATE_AWAITING_REVIEW, "")
    assert list(after.selected) == [common_pb2.Selection(stage=STARTFRAME, run=2, take=1)]
    again = await opened(house, after, stage=STARTFRAME, run=1)
    assert (again.base.run, again.base.take) == (1, 1)


async def test_an_edit_of_a_start_frame_whose_run_failed_can_be_applied_again(house: Orchestrator, hand: Hand) -> None:
    action = await awaiting_review(house, hand)
    edit = await append(
        house, await opened(house, action, stage=STARTFRAME), runs_pb2.Operation(kind="restore", box=BOX)
    )
    await end(house, edit)
    await hand.fail(await hand.start(action.job_id), "artifact_damaged")
    failed = await now(house, action)
    assert (failed.state, failed.edit_id) == (jobs_pb2.ACTION_STATE_AWAITING_REVIEW, edit.id)
    found = await opened(house, failed, stage=STARTFRAME)
    assert (found.id, found.state, len(found.operations)) == (edit.id, edits_pb2.EDIT_STATE_OPEN, 1)
    await end(house, found)
    assert (await hand.start(action.job_id)).number == 3


async def test_discarding_or_approving_ends_an_edit_of_a_start_frame(house: Orchestrator, hand: Hand) -> None:
    action = await awaiting_review(house, hand)
    discarded = await end(house, await opened(house, action, stage=STARTFRAME), "Discard")
    assert discarded.state == edits_pb2.EDIT_STATE_DISCARDED
    action = await now(house, action)
    assert (action.state, action.edit_id) == (jobs_pb2.ACTION_STATE_AWAITING_REVIEW, "")
    edit = await opened(house, action, stage=STARTFRAME)
    await rpc.call(house.jobs.ApproveAction, jobs_pb2.ApproveActionRequest(owner="local", action_id=action.id))
    assert (await now(house, action)).edit_id == ""
    with pytest.raises(errors.WrongState, match="discarded"):
        await end(house, edit)


async def test_each_stage_is_edited_at_its_own_gate(house: Orchestrator, hand: Hand) -> None:
    reviewed = await awaiting_review(house, hand)
    with pytest.raises(errors.WrongState):
        await opened(house, reviewed)
    done = await finished(house, hand)
    with pytest.raises(errors.WrongState, match="awaits review"):
        await opened(house, done, stage=STARTFRAME)
    with pytest.raises(errors.NotFound):
        await opened(house, reviewed, stage=STARTFRAME, run=2)
    with pytest.raises(errors.NotFound):
        await opened(house, reviewed, stage=STARTFRAME, take=3)


async def test_other_stages_cannot_be_edited(house: Orchestrator, hand: Hand) -> None:
    action = await finished(house, hand)
    for stage in (common_pb2.STAGE_MOTION, common_pb2.STAGE_PACK, common_pb2.STAGE_ASSEMBLE):
        with pytest.raises((errors.WrongState, errors.UnknownStage)):
            await opened(house, action, stage=stage)
