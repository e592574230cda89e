"""Who goes next."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.matting.alpha import Lane
from services.matting.batching.queue import LANES, PASSES, Entry, Queue


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


class Line:
    """A queue of entries that are told apart by their items."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.queue: Queue[str, str] = Queue()
        self._loop = loop

    def put(self, items: Iterable[str], lane: Lane = "batch", key: str = "") -> list[Entry[str, str]]:
        entries = [Entry(item, key, lane, 0.0, False, self._loop.create_future()) for item in items]
        for entry in entries:
            self.queue.put(entry)
        return entries

    def pop(self, limit: int = 4, is_apart: bool = False) -> str:
        return "".join(entry.item for entry in self.queue.pop(limit, is_apart))


@pytest.fixture
def line(loop: asyncio.AbstractEventLoop) -> Line:
    return Line(loop)


def test_an_empty_line_has_no_batch(line: Line) -> None:
    assert line.queue.leader() is None
    assert line.pop() == ""


def test_a_lane_keeps_its_order_and_batches_their_limit(line: Line) -> None:
    line.put("abcdef")
    assert [line.pop(), line.pop(), line.pop()] == ["abcd", "ef", ""]


def test_interactive_items_go_first_and_batch_items_fill_up(line: Line) -> None:
    line.put("abcdef")
    line.put("XY", "interactive")
    assert [line.pop(), line.pop()] == ["XYab", "cdef"]


def test_a_batch_that_goes_apart_is_of_its_leaders_lane(line: Line) -> None:
    line.put("abc")
    line.put("XY", "interactive")
    assert [line.pop(is_apart=True), line.pop(is_apart=True)] == ["XY", "abc"]


def test_only_one_key_shares_a_batch(line: Line) -> None:
    line.put("a", key="small")
    line.put("bc", key="large")
    line.put("d", key="small")
    assert [line.pop(), line.pop()] == ["ad", "bc"]


def test_the_eldest_leads_whatever_the_crowd_of_another_key(line: Line) -> None:
    line.put("ab", "interactive", key="small")
    line.put("z", "interactive", key="large")
    line.put("cdefghij", "interactive", key="small")
    assert [line.pop(), line.pop()] == ["abcd", "z"]


def test_the_batch_lane_leads_after_it_was_passed_over(line: Line) -> None:
    line.put("abcdefgh")
    line.put("X" * 40, "interactive")
    batches = [line.pop() for _ in range(2 * (PASSES + 1))]
    assert batches == [*["XXXX"] * PASSES, "abcd", *["XXXX"] * PASSES, "efgh"]


def test_what_the_batch_lane_leaves_free_is_for_interactive_items(line: Line) -> None:
    line.put("a")
    line.put("X" * 40, "interactive")
    assert [line.pop() for _ in range(PASSES + 1)] == [*["XXXX"] * PASSES, "aXXX"]


def test_a_batch_item_of_another_key_is_not_passed_over_for_those_that_fill_up(line: Line) -> None:
    line.put("z", key="large")
    batches = []
    for _ in range(PASSES + 1):
        line.put("X", "interactive", key="small")
        line.put("abc", key="small")
        batches.append(line.pop())
    assert batches == [*["Xabc"] * PASSES, "z"]


def test_a_lone_click_after_a_quiet_time_never_waits_for_the_batch_lane(line: Line) -> None:
    line.put("abcdefghijklmnop")
    for first in ("Xabc", "Yghi", "Zmno"):
        line.put(first[0], "interactive")
        assert line.pop() == first
        line.pop(3)


def test_a_lane_has_all_the_device_until_the_other_wants_its_part(line: Line) -> None:
    shares = [(line.queue.share("interactive", 4), line.queue.share("batch", 4))]
    line.put("a")
    line.put("XYZ", "interactive")
    shares.append((line.queue.share("interactive", 4), line.queue.share("batch", 4)))
    line.put("X", "interactive")
    shares.append((line.queue.share("interactive", 4), line.queue.share("batch", 4)))
    assert shares == [(1.0, 1.0), (PASSES / (PASSES + 1), 1.0), (PASSES / (PASSES + 1), 1 / (PASSES + 1))]


def test_who_leaves_is_not_in_a_batch(line: Line) -> None:
    entries = line.put("abc")
    assert line.queue.discard(entries[1])
    assert not line.queue.discard(entries[1])
    assert line.pop() == "ac"
    assert not line.queue.discard(entries[0])


class LineMachine(RuleBasedStateMachine):
    """The line against two plain lists."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.queue: Queue[int, Any] = Queue()
        self.plain: dict[Lane, list[Entry[int, Any]]] = {lane: [] for lane in LANES}
        self.pops = 0
        self.eldest_since = 0

    @rule(lane=st.sampled_from(LANES), key=st.integers(0, 2), count=st.integers(1, 6))
    def put(self, lane: Lane, key: int, count: int) -> None:
        for _ in range(count):
            entry = Entry(0, key, lane, 0.0, False, self.loop.create_future())
            if lane == "batch" and not self.plain["batch"]:
                self.eldest_since = self.pops
            self.queue.put(entry)
            self.plain[lane].append(entry)

    @precondition(lambda self: any(self.plain.values()))
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        entry = data.draw(st.sampled_from([entry for lane in LANES for entry in self.plain[lane]]))
        eldest = self.plain["batch"][:1]
        assert self.queue.discard(entry)
        self.plain[entry.lane].remove(entry)
        if [entry] == eldest:
            self.eldest_since = self.pops

    @rule(limit=st.integers(1, 5))
    def pop(self, limit: int) -> None:
        eldest = self.plain["batch"][:1]
        batch = self.queue.pop(limit)
        self.pops += 1
        assert bool(batch) == any(self.plain.values())
        if not batch:
            return
        key = batch[0].key
        for lane in LANES:
            mine = [entry for entry in batch if entry.lane == lane]
            assert mine == [entry for entry in self.plain[lane] if entry.key == key][: len(mine)]
        left = sum(entry.key == key for lane in LANES for entry in self.plain[lane])
        assert len(batch) == min(limit, left)
        assert batch[0] in (self.plain["interactive"][:1] + eldest)
        for entry in batch:
            self.plain[entry.lane].remove(entry)
        if eldest and self.plain["batch"][:1] == eldest:
            assert self.pops - self.eldest_since <= PASSES
        else:
            self.eldest_since = self.pops

    @invariant()
    def same_line(self) -> None:
        assert list(self.queue) == [entry for lane in LANES for entry in self.plain[lane]]
        assert len(self.queue) == sum(self.queue.waiting(lane) for lane in LANES)
        assert len(self.queue) == sum(self.queue.count(key) for key in range(3))

    def teardown(self) -> None:
        for entry in list(self.queue):
            self.queue.discard(entry)
        self.loop.close()


TestLineMachine = LineMachine.TestCase
