"""When a device waits for callers to come back."""

import asyncio
from collections.abc import Iterator

import pytest

from services.matting.alpha import Lane
from services.matting.batching.patience import Patience, Returns
from services.matting.batching.queue import Entry, Queue

WAIT_S = 2.0
NO = 0.0


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


class Scene:
    """A queue, a patience and a clock; every item has the key "a" unless told."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = 100.0
        self.queue: Queue[str, str] = Queue()
        self.patience = Patience(WAIT_S)
        self._loop = loop

    def come(self, lane: Lane, count: int = 1, key: str = "a") -> None:
        for _ in range(count):
            self.queue.put(Entry("", key, lane, 0.0, False, self._loop.create_future()))
            self.patience.came(lane, self.now)

    def end(self, batch: int = 0, clicks: int = 0, key: str = "a") -> None:
        """A batch ends whose callers are still there."""
        answered: list[Lane] = [*["batch"] * batch, *["interactive"] * clicks]  # type: ignore[list-item]
        self.patience.begin(self.now, key, answered, self.queue)

    def until(self, key: str = "a", limit: int = 8) -> float:
        return self.patience.ends_at(self.queue, key, limit)


@pytest.fixture
def scene(loop: asyncio.AbstractEventLoop) -> Iterator[Scene]:
    scene = Scene(loop)
    yield scene
    while scene.queue.pop(8):
        pass


def test_before_any_batch_nobody_is_waited_for(scene: Scene) -> None:
    scene.come("batch")
    assert scene.until() == NO


def test_callers_are_waited_for_until_they_are_back(scene: Scene) -> None:
    scene.come("batch", 2)
    scene.end(batch=3)
    assert scene.until() == 102.0
    scene.come("batch", 2)
    assert scene.until() == 102.0
    scene.come("batch")
    assert scene.until() == NO


def test_a_full_batch_waits_for_no_batch_caller(scene: Scene) -> None:
    scene.come("batch", 8)
    scene.end(batch=8)
    assert scene.until() == NO


def test_a_full_batch_waits_for_a_click(scene: Scene) -> None:
    scene.come("batch", 8)
    scene.end(batch=7, clicks=1)
    assert scene.until() == 102.0
    scene.come("interactive")
    assert scene.until() == NO


def test_a_click_that_is_there_does_not_stand_for_one_that_may_come_back(scene: Scene) -> None:
    scene.come("batch", 8)
    scene.come("interactive")
    scene.end(clicks=1)
    assert scene.until() == 102.0


def test_a_batch_full_of_clicks_waits_for_nobody(scene: Scene) -> None:
    scene.come("interactive", 8)
    scene.end(clicks=8)
    assert scene.until() == NO


def test_callers_of_another_key_are_not_waited_for(scene: Scene) -> None:
    scene.come("batch", key="b")
    scene.end(batch=3, key="a")
    assert scene.until("b") == NO


def test_callers_that_never_come_straight_back_are_soon_not_waited_for(scene: Scene) -> None:
    waited = 0
    for _ in range(30):
        scene.end(clicks=1)
        waited += scene.until() > NO
        scene.now += 10 * WAIT_S
        scene.come("interactive")
        scene.queue.pop(8)
    assert 1 <= waited <= 5


def test_callers_that_take_to_coming_straight_back_are_waited_for_again() -> None:
    returns = Returns()
    for _ in range(20):
        returns.answered("batch", 4)
    assert returns.likely("batch") == 0
    for _ in range(20):
        for _ in range(4):
            returns.came("batch")
        returns.answered("batch", 4)
    assert returns.likely("batch") == 4
    assert returns.likely("interactive") == 0


def test_a_crowd_that_comes_is_no_more_than_all_callers_back() -> None:
    returns = Returns()
    for _ in range(20):
        for _ in range(40):
            returns.came("batch")
        returns.answered("batch", 4)
    assert returns.likely("batch") == 4
