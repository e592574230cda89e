"""The transition table of an action: `advance(action, event) -> action, commands`.

    startframe ──▶ [review] ──▶ motion ──▶ matte ──▶ [refine] ──▶ pack (per target) ──▶ done

`TABLE` states an outcome for every (event, state) pair. `late` leaves everything as it is: a report of a run that no
longer matters, or a repeat. `refused` raises `WrongState`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from popcon.errors import InputsMissing, NotFound, WrongState
from services.orchestrator.rules.action import (
    UPSTREAM,
    Action,
    Approved,
    Cancelled,
    CloseEdit,
    Command,
    Created,
    EditApplied,
    EditDiscarded,
    EditOpened,
    Event,
    Live,
    Made,
    Pick,
    Regenerated,
    ReopenEdit,
    Resumed,
    RunFailed,
    RunStarted,
    RunSucceeded,
    Selected,
    Skipped,
    Slot,
    Stage,
    StartRun,
    State,
    Step,
    Supersede,
)


def advance(action: Action, event: Event) -> Step:
    """What becomes of an action, and what must be done about it.

    Raises `WrongState` (`InputsMissing` where a stage's input was never made) or `NotFound` (a run or take that does
    not exist); then nothing has changed.
    """
    return TABLE[type(event)][action.state](action, event)


def outdated(action: Action, slot: Slot, number: int) -> bool:
    """Whether a succeeded run was made from something else than what is selected upstream of it now."""
    upstream = UPSTREAM.get(slot.stage)
    made = action.made.get((slot, number))
    return upstream is not None and made is not None and made.made_from != action.selected.get(Slot(upstream))


def start_slots(action: Action, stage: Stage) -> tuple[Slot, ...]:
    """The slots of a stage: one, or one per target."""
    return tuple(Slot(stage, target) for target in action.targets) if stage is Stage.PACK else (Slot(stage),)


# Outcomes.


def _create(action: Action, _event: Event) -> Step:
    return _start(action, Stage.STARTFRAME) if not action.numbers else (action, ())


def _begin(action: Action, event: RunStarted) -> Step:
    if not _is_live(action, event.slot, event.number):
        return action, ()
    return replace(action, state=State.RUNNING, stage=event.slot.stage), ()


def _finish(action: Action, event: RunSucceeded) -> Step:
    if not _is_live(action, event.slot, event.number):
        return action, ()
    run = action.live[event.slot]
    action = replace(
        action,
        live=_without(action.live, event.slot),
        made={**action.made, (event.slot, event.number): Made(event.takes, run.made_from)},
        selected={**action.selected, event.slot: Pick(event.number)},
    )
    match event.slot.stage:
        case Stage.STARTFRAME if action.review:
            return replace(action, state=State.AWAITING_REVIEW), ()
        case Stage.STARTFRAME:
            return _start(action, Stage.MOTION)
        case Stage.MOTION:
            return _start(action, Stage.MATTE)
        case Stage.MATTE if action.refine and not run.edit:
            return replace(action, state=State.AWAITING_REFINE), ()
        case Stage.MATTE:
            return _start(action, Stage.PACK)
    return replace(action, state=State.RUNNING if action.live else State.DONE), ()


def _fail(action: Action, event: RunFailed) -> Step:
    if not _is_live(action, event.slot, event.number):
        return action, ()
    run = action.live[event.slot]
    action = replace(action, live=_without(action.live, event.slot))
    if run.edit:
        # The person's operations are not lost: they may apply them again, change them or leave.
        return replace(action, state=_EDITED_AT[event.slot.stage], editing=True), (ReopenEdit(),)
    action, commands = _halt(action)
    return replace(action, state=State.FAILED, stage=event.slot.stage), commands


def _approve(action: Action, event: Approved) -> Step:
    slot = Slot(Stage.STARTFRAME)
    pick = event.pick or action.selected[slot]
    _check_pick(action, slot, pick)
    action, closed = _close_edit(replace(action, selected={**action.selected, slot: pick}))
    action, started = _start(action, Stage.MOTION)
    return action, (*closed, *started)


def _remake(action: Action, _event: Event) -> Step:
    return _restart(action, Stage.STARTFRAME)


def _select(action: Action, event: Selected) -> Step:
    _check_pick(action, event.slot, event.pick)
    return replace(action, selected={**action.selected, event.slot: event.pick}), ()


def _resume(action: Action, event: Resumed) -> Step:
    return _restart(action, event.stage or action.stage)


def _named(action: Action, event: Resumed) -> Step:
    if event.stage is None:
        raise WrongState(f"The action is {action.state}, not stopped: name the stage to make again.")
    return _restart(action, event.stage)


def _update(action: Action, event: Resumed) -> Step:
    stale = (slot.stage for slot in sorted(action.selected, key=_order) if _stale(action, slot))
    stage = event.stage or next(stale, None)
    if stage is None:
        raise WrongState("The action is done and nothing in it is outdated: name the stage to make again.")
    return _restart(action, stage)


def _skip(action: Action, _event: Event) -> Step:
    action, commands = _close_edit(action)
    if _packed(action):
        return replace(action, state=State.DONE, stage=Stage.PACK), commands
    action, more = _start(action, Stage.PACK)
    return action, (*commands, *more)


def _cancel(action: Action, _event: Event) -> Step:
    action, commands = _halt(action)
    return replace(action, state=State.CANCELLED), commands


def _leave(action: Action, event: Event) -> Step:
    """Cancelling a touch-up of a finished emoji leaves the emoji finished."""
    action, commands = _cancel(action, event)
    return (replace(action, state=State.DONE, stage=Stage.PACK) if _packed(action) else action), commands


def _still(action: Action, event: EditOpened) -> Step:
    return _open(action, event) if event.stage is Stage.STARTFRAME else refused(action, event)


def _matte(action: Action, event: EditOpened) -> Step:
    if event.stage is not Stage.MATTE:
        raise WrongState("Start frames are edited while the action awaits review: regenerate it to get there.")
    return _open(action, event)


def _apply(action: Action, event: EditApplied) -> Step:
    if not action.editing:
        raise WrongState("The action has no open edit: open one first.")
    slot = Slot(action.stage)
    made_from = action.made[slot, event.base].made_from
    return _queue(replace(action, editing=False), slot, made_from, edit=True)


def _unedit(action: Action, _event: Event) -> Step:
    return replace(action, editing=False), ()


def _discard(action: Action, event: Event) -> Step:
    action, commands = _unedit(action, event)
    return (replace(action, state=State.DONE, stage=Stage.PACK) if _packed(action) else action), commands


def late(action: Action, _event: Event) -> Step:
    """It no longer matters, or it already holds."""
    return action, ()


def refused(action: Action, event: Event) -> Step:
    """Nobody may do that now."""
    what = _SPOKEN[type(event)]
    raise WrongState(f"The action is {action.state.replace('_', ' ')} and cannot be {what} now; look at it again.")


# What the outcomes share.

_EDITED_AT = {Stage.STARTFRAME: State.AWAITING_REVIEW, Stage.MATTE: State.AWAITING_REFINE}
"""The gate at which runs of a stage are edited."""


def _open(action: Action, event: EditOpened) -> Step:
    slot = Slot(event.stage)
    base = event.base or action.selected.get(slot)
    if base is None:
        raise InputsMissing(f"The action has no {slot.stage} to edit yet.")
    _check_pick(action, slot, base)
    return replace(action, state=_EDITED_AT[slot.stage], stage=slot.stage, editing=True), ()


def _start(action: Action, stage: Stage) -> Step:
    """Queues a run in each slot of a stage, made from what is selected upstream."""
    upstream = UPSTREAM.get(stage)
    made_from = action.selected.get(Slot(upstream)) if upstream else None
    if upstream and made_from is None:
        raise InputsMissing(f"{stage} needs a {upstream} and the action has none: resume from {upstream} or earlier.")
    commands: list[Command] = []
    for slot in start_slots(action, stage):
        action, started = _queue(action, slot, made_from)
        commands += started
    return action, commands


def _queue(action: Action, slot: Slot, made_from: Pick | None, edit: bool = False) -> Step:
    number = action.numbers.get(slot, 0) + 1
    action = replace(
        action,
        state=State.QUEUED,
        stage=slot.stage,
        numbers={**action.numbers, slot: number},
        live={**action.live, slot: Live(number, made_from, edit)},
    )
    return action, (StartRun(slot, number, made_from, edit),)


def _restart(action: Action, stage: Stage) -> Step:
    action, halted = _halt(action)
    action, started = _start(action, stage)
    return action, (*halted, *started)


def _halt(action: Action) -> Step:
    """Supersedes what is live and closes an open edit."""
    superseded = [Supersede(slot, run.number) for slot, run in sorted(action.live.items())]
    action, closed = _close_edit(replace(action, live={}))
    return action, (*superseded, *closed)


def _close_edit(action: Action) -> Step:
    return (replace(action, editing=False), (CloseEdit(),)) if action.editing else (action, ())


def _is_live(action: Action, slot: Slot, number: int) -> bool:
    run = action.live.get(slot)
    return run is not None and run.number == number


def _packed(action: Action) -> bool:
    """Whether every target has an emoji made from the selected matte."""
    slots = start_slots(action, Stage.PACK)
    return all(slot in action.selected and not _stale(action, slot) for slot in slots)


def _stale(action: Action, slot: Slot) -> bool:
    return outdated(action, slot, action.selected[slot].run)


def _order(slot: Slot) -> int:
    return list(Stage).index(slot.stage)


def _check_pick(action: Action, slot: Slot, pick: Pick) -> None:
    made = action.made.get((slot, pick.run))
    if made is None or not 1 <= pick.take <= made.takes:
        raise NotFound(f"The action has no finished {slot.stage} run {pick.run} with a take {pick.take}.")


def _without(live: Mapping[Slot, Live], slot: Slot) -> Mapping[Slot, Live]:
    return {key: run for key, run in live.items() if key != slot}


_SPOKEN = {
    Approved: "approved",
    Skipped: "skipped",
    EditOpened: "refined",
    EditApplied: "changed by an edit",
    EditDiscarded: "freed of an edit",
}

Outcome = Callable[[Action, Event], Step]  # each outcome takes its own kind of event
_STATES = tuple(State)


def _row(*outcomes: Callable[..., Step]) -> Mapping[State, Outcome]:
    return dict(zip(_STATES, outcomes, strict=True))


# fmt: off
TABLE: Mapping[type[Event], Mapping[State, Outcome]] = {
    #                    queued    running   review    refine    done      failed    cancelled
    Created:        _row(_create,  late,     late,     late,     late,     late,     late),
    RunStarted:     _row(_begin,   _begin,   late,     late,     late,     late,     late),
    RunSucceeded:   _row(_finish,  _finish,  late,     late,     late,     late,     late),
    RunFailed:      _row(_fail,    _fail,    late,     late,     late,     late,     late),
    Approved:       _row(refused,  refused,  _approve, refused,  refused,  refused,  refused),
    Regenerated:    _row(_remake,  _remake,  _remake,  _remake,  _remake,  _remake,  _remake),
    Selected:       _row(_select,  _select,  _select,  _select,  _select,  _select,  _select),
    Resumed:        _row(_named,   _named,   _named,   _named,   _update,  _resume,  _resume),
    Skipped:        _row(refused,  refused,  refused,  _skip,    refused,  refused,  refused),
    Cancelled:      _row(_cancel,  _cancel,  _cancel,  _leave,   late,     late,     late),
    EditOpened:     _row(refused,  refused,  _still,   _matte,   _matte,   refused,  refused),
    EditApplied:    _row(refused,  refused,  _apply,   _apply,   refused,  refused,  refused),
    EditDiscarded:  _row(refused,  refused,  _unedit,  _discard, refused,  refused,  refused),
}
# fmt: on
