"""Anything may happen to an action, in any order, also what is late: what must hold then holds."""

from copy import deepcopy
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from popcon.errors import NotFound, WrongState
from services.orchestrator.rules import pipeline
from services.orchestrator.rules.action import (
    UPSTREAM,
    Action,
    Approved,
    Cancelled,
    CloseEdit,
    Created,
    EditApplied,
    EditDiscarded,
    EditOpened,
    Event,
    Live,
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
    Supersede,
)
from tests.unit.orchestrator.walks import WALKS

TARGETS = ("a", "b")
SLOTS = [Slot(stage) for stage in Stage if stage is not Stage.PACK] + [Slot(Stage.PACK, target) for target in TARGETS]
ENDED = {State.DONE, State.FAILED, State.CANCELLED}
BUSY = {State.QUEUED, State.RUNNING}


class Machine(RuleBasedStateMachine):
    """The action beside a model of it that is kept by the commands alone."""

    reached: ClassVar[set[State]] = set()
    refusals: ClassVar[int] = 0

    @initialize(begin=st.sampled_from(State), review=st.booleans(), refine=st.booleans(), both=st.booleans())
    def create(self, begin: State, review: bool, refine: bool, both: bool) -> None:
        """An action that already went as far as `begin`, or less far where its options lead elsewhere."""
        self.action = Action(TARGETS if both else TARGETS[:1], review=review, refine=refine)
        self.live: dict[Slot, Live] = {}
        self.picked_by_hand = False
        for event in WALKS[begin]:
            self.happen(event)

    @precondition(lambda self: self.action.live)
    @rule(data=st.data(), kind=st.sampled_from([RunStarted, RunSucceeded, RunSucceeded, RunSucceeded, RunFailed]))
    def a_live_run_reports(self, data: st.DataObject, kind: type) -> None:
        slot = data.draw(st.sampled_from(sorted(self.action.live)))
        takes = (
            {"takes": data.draw(st.integers(1, 3))} if kind is RunSucceeded and slot.stage is Stage.STARTFRAME else {}
        )
        self.happen(kind(slot, self.action.live[slot].number, **takes))

    @rule(
        slot=st.sampled_from(SLOTS),
        number=st.integers(0, 4),
        kind=st.sampled_from([RunStarted, RunSucceeded, RunFailed]),
    )
    def any_run_reports(self, slot: Slot, number: int, kind: type) -> None:
        before, live = self.action, self.action.live.get(slot)
        self.happen(kind(slot, number))
        if live is None or live.number != number:
            assert self.action == before, "a late report changed something"

    @rule(pick=st.none() | st.builds(Pick, st.integers(1, 3), st.integers(1, 2)))
    def approve(self, pick: Pick | None) -> None:
        self.happen(Approved(pick))

    @rule(data=st.data())
    def select(self, data: st.DataObject) -> None:
        made = sorted(self.action.made) or [(slot, 1) for slot in SLOTS]
        slot, number = data.draw(st.sampled_from(made))
        self.happen(Selected(slot, Pick(number, data.draw(st.integers(1, 2)))))

    @rule(stage=st.none() | st.sampled_from(Stage))
    def resume(self, stage: Stage | None) -> None:
        self.happen(Resumed(stage))

    @precondition(lambda self: self.action.state is State.AWAITING_REFINE)
    @rule(event=st.sampled_from([Skipped(), EditOpened(), EditDiscarded()]))
    def refine(self, event: Event) -> None:
        self.happen(event)

    @precondition(lambda self: self.action.state is State.AWAITING_REVIEW)
    @rule(event=st.sampled_from([EditOpened(Stage.STARTFRAME), EditDiscarded()]))
    def touch_up(self, event: Event) -> None:
        self.happen(event)

    @rule(stage=st.sampled_from([Stage.STARTFRAME, Stage.MATTE]), base=st.builds(Pick, st.integers(1, 3)))
    def open_an_edit_of_some_run(self, stage: Stage, base: Pick) -> None:
        self.happen(EditOpened(stage, base))

    @precondition(lambda self: self.action.editing)
    @rule(data=st.data())
    def apply(self, data: st.DataObject) -> None:
        edited = Slot(self.action.stage)
        base = data.draw(st.sampled_from([number for slot, number in sorted(self.action.made) if slot == edited]))
        self.happen(EditApplied(base))

    @rule(event=st.sampled_from([Regenerated(), Cancelled(), Created(), Skipped(), EditOpened(), EditDiscarded()]))
    def anything_else(self, event: Event) -> None:
        self.happen(event)

    def happen(self, event: Event) -> None:
        before = deepcopy(self.action)
        try:
            after, commands = pipeline.advance(self.action, event)
        except (WrongState, NotFound):
            Machine.refusals += 1
            assert self.action == before, "a refused change changed something"
            return
        assert self.action == before, "the action that was given changed"
        self._follow(event, before, after, list(commands))
        self.action = after

    def _follow(self, event: Event, before: Action, after: Action, commands: list[object]) -> None:
        if (
            isinstance(event, RunSucceeded | RunFailed)
            and before.live.get(event.slot, Live(-1, None)).number == event.number
        ):
            del self.live[event.slot]
        if isinstance(event, Selected) and event.slot.stage in (Stage.MATTE, Stage.PACK):
            self.picked_by_hand |= before.selected.get(event.slot) != event.pick
        for command in commands:
            match command:
                case Supersede(slot, number):
                    assert self.live.pop(slot).number == number
                case StartRun(slot, number, made_from, edit):
                    assert slot not in self.live, "two live runs in one slot"
                    assert number == before.numbers.get(slot, 0) + 1
                    upstream = UPSTREAM.get(slot.stage)
                    if not edit:
                        assert made_from == (after.selected[Slot(upstream)] if upstream else None)
                    self.live[slot] = Live(number, made_from, edit)
                    self.picked_by_hand &= slot.stage is not Stage.PACK
        left = before.editing and not after.editing
        assert (CloseEdit() in commands) == (left and not isinstance(event, EditApplied | EditDiscarded))
        entered = after.editing and not before.editing
        assert (ReopenEdit() in commands) == (entered and not isinstance(event, EditOpened))

    @invariant()
    def what_was_started_and_not_ended_is_live(self) -> None:
        assert self.action.live == self.live

    @invariant()
    def the_state_says_whether_something_is_live(self) -> None:
        Machine.reached.add(self.action.state)
        assert bool(self.action.live) == (self.action.state in BUSY)
        assert all(slot.stage is self.action.stage for slot in self.action.live)

    @invariant()
    def numbers_cover_what_is_live_and_made(self) -> None:
        known = [*self.action.made, *((slot, run.number) for slot, run in self.action.live.items())]
        assert all(1 <= number <= self.action.numbers[slot] for slot, number in known)

    @invariant()
    def what_is_selected_was_made(self) -> None:
        for slot, pick in self.action.selected.items():
            assert 1 <= pick.take <= self.action.made[slot, pick.run].takes

    @invariant()
    def an_edit_is_open_at_the_gate_of_its_stage_only(self) -> None:
        gates = {State.AWAITING_REVIEW: Stage.STARTFRAME, State.AWAITING_REFINE: Stage.MATTE}
        assert not self.action.editing or gates.get(self.action.state) is self.action.stage

    @invariant()
    def done_means_packed_from_the_selected_matte(self) -> None:
        if self.action.state is State.DONE and not self.picked_by_hand:
            for slot in pipeline.start_slots(self.action, Stage.PACK):
                assert not pipeline.outdated(self.action, slot, self.action.selected[slot].run)


def test_whatever_happens_the_invariants_hold_and_every_state_is_reached() -> None:
    Machine.reached, Machine.refusals = set(), 0
    run_state_machine_as_test(Machine, settings=settings(max_examples=100, stateful_step_count=40, derandomize=True))
    assert Machine.reached == set(State)
    assert Machine.refusals > 0
