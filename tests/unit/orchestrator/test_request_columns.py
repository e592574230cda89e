"""What a request becomes, and which rows are derived by name alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcon.catalog import limits, presets
from popcon.v1 import common_pb2, jobs_pb2
from services.orchestrator import actions, requests, sets, summaries
from services.orchestrator.rules.action import Slot, Stage


def test_options_have_defaults() -> None:
    assert requests.options(jobs_pb2.JobOptions()) == {
        "review": False,
        "refine": False,
        "takes": 1,
        "targets": ["line-emoji"],
        "seed": 0,
        "lane": "batch",
        "backends": {"startframe": "auto", "motion": "auto", "matte": "auto"},
    }


def test_the_largest_request_is_taken() -> None:
    prompt = "é" * limits.PROMPT_MAX_CHARS
    direction = common_pb2.Direction(action_prompt=prompt, effect_prompt=prompt)
    spec = jobs_pb2.ActionSpec(direction=direction, label="x" * limits.NAME_MAX_CHARS)
    assert len(requests.actions([spec] * limits.ACTIONS_MAX)) == limits.ACTIONS_MAX
    assert requests.options(jobs_pb2.JobOptions(takes=limits.TAKES_MAX, seed=2**31 - 1))["takes"] == limits.TAKES_MAX


def test_every_preset_can_be_asked_for() -> None:
    for preset in presets.PRESETS.values():
        (row,) = requests.actions([jobs_pb2.ActionSpec(direction=common_pb2.Direction(preset=preset.id))])
        assert row["label"] == preset.label
        assert row["direction"]["action_prompt"] == preset.action_prompt


@given(st.builds(Slot, st.sampled_from(Stage), st.sampled_from(["", "line-emoji", "web"])))
def test_slots_have_names(slot: Slot) -> None:
    assert actions.slot_of(actions.slot_name(slot)) == slot


@pytest.mark.parametrize(
    ("slots", "stage"),
    [([], ""), (["startframe"], "startframe"), (["motion", "startframe"], "motion"), (["pack:web", "matte"], "pack")],
)
def test_the_last_stage_is_the_furthest(slots: list[str], stage: str) -> None:
    assert summaries.last_stage(slots) == stage


def test_an_order_moves_what_it_names_to_the_front() -> None:
    rows = [{"id": name} for name in "abcd"]
    assert [row["id"] for row in sets.arranged(rows, [])] == list("abcd")
    assert [row["id"] for row in sets.arranged(rows, ["d", "b"])] == list("dbac")
