"""Writes that wait leave what they would have left one by one."""

from typing import Any

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator import tables, writes
from services.orchestrator.database import padded
from services.orchestrator.writes import Write

_RUN = [{"state": "running"}, {"state": "queued", "attempt": 2}, {"attempt": 3}, {"state": "succeeded"}]
_ACTION = [{"state": "done"}, {"stage": "pack"}]
Store = dict[tuple[str, writes.Key], dict[str, Any]]


def updates(table: sa.Table, values: list[dict[str, Any]]) -> st.SearchStrategy[Write]:
    keys = st.tuples(st.sampled_from("abc"))
    return st.builds(Write, st.just(table), keys, st.sampled_from(values), new=st.just(False))


write = updates(tables.runs, _RUN) | updates(tables.actions, _ACTION)


def executed(batches: list[list[Write]]) -> Store:
    store: Store = {}
    for batch in batches:
        for each in batch:
            store.setdefault((each.table.name, each.key), {}).update(each.values)
    return store


@given(st.lists(write, max_size=30))
def test_many_at_once_leave_what_they_leave_one_by_one(found: list[Write]) -> None:
    batches = writes.batches(found)
    assert executed(batches) == executed([[each] for each in found])
    assert sorted(map(id, found)) == sorted(id(each) for batch in batches for each in batch)
    assert all(len({each.kind for each in batch}) == 1 for batch in batches)


def test_a_row_is_there_before_it_is_changed() -> None:
    new = writes.insert(tables.owners, {"owner": "a", "weight": 1, "created_at": 1})
    change = Write(tables.owners, ("a",), {"weight": 2}, new=False)
    other = writes.insert(tables.owners, {"owner": "b", "weight": 1, "created_at": 1})
    assert writes.batches([new, change, other]) == [[new, other], [change]]


def test_rows_of_a_table_with_a_key_of_two_columns_are_told_apart() -> None:
    values = {column.name: 0 for column in tables.events.columns}
    found = [writes.insert(tables.events, {**values, "job_id": "job_1", "seq": seq}) for seq in (1, 2)]
    assert [each.key for each in found] == [("job_1", 1), ("job_1", 2)]


@given(st.lists(st.integers(), max_size=70))
def test_padded_lists_hold_the_same_and_come_in_few_lengths(items: list[int]) -> None:
    found = padded(items)
    assert found[: len(items)] == items
    assert set(found) == set(items)
    assert len(found) in {0, 1, 2, 4, 8, 16, 32, 64, 128}
    assert len(found) < 2 * len(items) or len(items) < 2
