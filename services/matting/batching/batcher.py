"""One batcher for stage tasks and calls: many callers in front of one blocking function that owns a device.

When a batch starts. An item that finds the device free starts at once, with all that came in the same turn of the event
loop. While one batch is computed the next collects, and starts when the first has ended; or up to `max_wait_s` later
where callers that just got an answer are known to come straight back: see `patience`.

Who is in it. Interactive items before batch items, only items of one key together: see `queue`. Interactive items that
had to wait for a batch already are not also made to wait for batch items in their own, where a small batch is quick.

What is refused. At the door: when its lane's line is full, or is so long that by what was measured the item would miss
its deadline (`Overloaded`). In the line: when the deadline has passed, or would before a batch could end, unless nobody
else wants the device (`DeadlinePassed`). A caller is always answered by its deadline: what it asked for may end later,
unseen, but nothing is started in vain.

All of the state belongs to the event loop; the device's one thread sees only lists of items.
"""

import asyncio
import contextlib
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Generic, NoReturn, TypeVar

from prometheus_client import Counter, Histogram

from popcon import errors
from popcon.telemetry import log
from services.matting.alpha import Lane
from services.matting.batching.device import BrokenDevice, Item, Report, Result, Work, compute
from services.matting.batching.forecast import Forecast
from services.matting.batching.patience import Patience
from services.matting.batching.queue import LANES, Entry, Queue

T = TypeVar("T")

MARGIN = 1.25
"""Behind others an item is let in only if so many times the seconds that it should take are within its time."""

_SIZE = Histogram("popcon_batch_size", "Items per batch", buckets=(1, 2, 4, 8, 16, 32, 64))
_SECONDS = Histogram("popcon_batch_seconds", "Seconds per batch", buckets=(0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30))
_REFUSED = Counter("popcon_batch_refused_total", "Items that got no result, by reason", ["reason"])

_NOT_STARTED = "The model is still starting; try again soon."
_CLOSED = "The service is stopping; send the call again, to another one."
_BROKEN = "The device has stopped working and the service restarts; try again soon."


def _alike(_item: object) -> Hashable:
    return None


class Batcher(Generic[Item, Result]):
    """Puts items from many callers through `work` in batches.

    `work` is called in one thread, always the same, with 1 to `max_batch` items for which `key` gives equal values; by
    default all go together. What it may raise, see `device`. `max_waiting`: places in the line, for each lane, so that
    a long line of batch items keeps no interactive one out.
    """

    def __init__(
        self,
        work: Work[Item, Result],
        *,
        max_batch: int,
        max_wait_s: float,
        max_waiting: int,
        key: Callable[[Item], Hashable] = _alike,
    ) -> None:
        self.broken = asyncio.Event()
        """Set when the device will not answer again: the process should end."""
        self._work = work
        self._max_waiting = max_waiting
        self._key = key
        self._queue: Queue[Item, Result] = Queue()
        self._forecast = Forecast(max_batch)
        self._patience = Patience(max_wait_s)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="device")
        self._closed_because = _NOT_STARTED
        self._changed = asyncio.Event()
        self._loop_task: asyncio.Task[None] | None = None
        self._is_busy = False
        self._free_at = 0.0  # when the device is expected to be free

    @property
    def waiting(self) -> int:
        """How many items wait for the device."""
        return len(self._queue)

    def start(self) -> None:
        """Opens the door. Call once, in the event loop that the callers are in."""
        self._closed_because = ""
        self._loop_task = asyncio.create_task(self._serve(), name="batcher")

    async def close(self) -> None:
        """Returns when the batch and the calls on the device have ended. What waits gets `Unavailable`, and so does
        what comes. May be called twice, and before `start`."""
        self._shut(_CLOSED)
        if self._loop_task:
            await asyncio.wait({self._loop_task})
        await asyncio.to_thread(self._thread.shutdown)

    async def __aenter__(self) -> "Batcher[Item, Result]":
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def call(self, function: Callable[[], T]) -> T:
        """Calls a function in the device's thread, between batches: a warm-up, a look at the device's memory.

        Raises what it raises, and `Unavailable` where the device is broken or the batcher not open.
        """
        if self._closed_because:
            raise errors.Unavailable(self._closed_because)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, function)
        except BrokenDevice as error:
            self._break(repr(error))
            raise errors.Unavailable(_BROKEN) from error

    async def submit(self, item: Item, *, lane: Lane, timeout_s: float) -> Result:
        """The item's result. Cancelled, it gives its place up at once; what already runs of it is dropped.

        Raises the item's own error, `Overloaded` (at once), `DeadlinePassed` and `Unavailable`.
        """
        entry = self._admit(item, lane, timeout_s)
        timer = asyncio.timeout_at(entry.deadline)
        try:
            async with timer:
                return await entry.answer
        except TimeoutError:
            if not timer.expired():
                raise
            _refuse("deadline", errors.DeadlinePassed(f"There was no result within {timeout_s:g} s; allow for more."))
        finally:
            self._queue.discard(entry)

    def _admit(self, item: Item, lane: Lane, timeout_s: float) -> Entry[Item, Result]:
        if self._closed_because:
            _refuse("closed", errors.Unavailable(self._closed_because))
        ahead, key, now = self._queue.waiting(lane), self._key(item), asyncio.get_running_loop().time()
        if ahead >= self._max_waiting:
            _refuse("full", errors.Overloaded(f"{ahead} pictures wait already; try again later."))
        share = self._queue.share(lane, self._forecast.limit(key))
        wait_s = self._forecast.wait_s(lane, ahead, key, max(0.0, self._free_at - now), share)
        late = MARGIN * (wait_s + self._forecast.batch_s(key)) > timeout_s
        # The first of its lane and the first of its key are always let in: they show how long things take by now.
        if ahead and late and self._queue.count(key):
            _refuse("late", errors.Overloaded(f"{ahead} pictures wait already; try again later, or allow more time."))
        answer = asyncio.get_running_loop().create_future()
        entry = Entry(item, key, lane, now + timeout_s, self._is_busy, answer)
        self._queue.put(entry)
        self._patience.came(lane, now)
        self._changed.set()
        return entry

    async def _serve(self) -> None:
        try:
            while batch := await self._next():
                await self._execute(batch)
        except Exception:
            log.exception("the batcher failed")
        finally:
            if not self._closed_because:
                self._break("nobody is left to serve it")

    async def _next(self) -> list[Entry[Item, Result]]:
        """The next batch, when it may start; empty when there will be none."""
        loop = asyncio.get_running_loop()
        while not self._closed_because:
            leader = self._queue.leader()
            if leader is None:
                await self._change(None)
                continue
            start_at = self._patience.ends_at(self._queue, leader.key, self._forecast.limit(leader.key))
            if loop.time() < start_at:
                await self._change(start_at)
            elif batch := self._pop(loop.time()):
                return batch
        return []

    async def _change(self, until: float | None) -> None:
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._changed.wait()

    def _pop(self, now: float) -> list[Entry[Item, Result]]:
        self._refuse_late(now)
        leader = self._queue.leader()
        if leader is None:
            return []
        limit = self._forecast.limit(leader.key)
        batch = self._queue.pop(limit, self._goes_apart(leader, limit))
        for lane in LANES:
            count, left = sum(entry.lane == lane for entry in batch), self._queue.waiting(lane)
            if count or left:
                self._forecast.got_on(lane, count / limit if left else 1.0)
        return batch

    def _goes_apart(self, leader: Entry[Item, Result], limit: int) -> bool:
        if leader.lane == "batch" or not leader.is_behind:
            return False
        clicks, full = self._queue.count(leader.key, ("interactive",)), min(limit, self._queue.count(leader.key))
        return self._forecast.is_quick_alone(leader.key, clicks, full)

    def _refuse_late(self, now: float) -> None:
        late = [entry for entry in self._queue if entry.deadline < now + self._forecast.batch_s(entry.key)]
        if len(late) == len(self._queue):  # refused for nobody's good, unless their time is over
            late = [entry for entry in late if entry.deadline <= now]
        for entry in late:
            self._queue.discard(entry)
            _REFUSED.labels("deadline").inc()
            _settle(entry, errors.DeadlinePassed("The time left is too short for a batch; allow for more."))
        for key in {entry.key for entry in late}:
            if not self._queue.count(key):
                self._forecast.doubt(key)

    async def _execute(self, batch: list[Entry[Item, Result]]) -> None:
        loop, key = asyncio.get_running_loop(), batch[0].key
        self._is_busy, self._free_at = True, loop.time() + self._forecast.batch_s(key)
        try:
            report = await loop.run_in_executor(self._thread, self._compute, [entry.item for entry in batch])
        except BaseException as error:
            for entry in batch:
                _settle(entry, errors.Unavailable(_BROKEN))
            if not isinstance(error, BrokenDevice):
                raise
            self._break(repr(error))
            return
        self._learn(key, len(batch), report)
        self._is_busy, self._free_at = False, loop.time()
        answered = [entry.lane for entry in batch if not entry.answer.done()]
        self._patience.begin(self._free_at, key, answered, self._queue)
        for entry, outcome in zip(batch, report.outcomes, strict=True):
            _settle(entry, outcome)

    def _compute(self, items: list[Item]) -> Report[Result]:
        return compute(self._work, items)

    def _learn(self, key: Hashable, size: int, report: Report[Result]) -> None:
        _SIZE.observe(size)
        _SECONDS.observe(report.seconds)
        if report.too_many:
            limit = self._forecast.ran_out(key, report.too_many)
            log.warning("the device's memory ran out", items=report.too_many, next_at_most=limit)
        elif report.calls == 1:
            self._forecast.took(key, size, report.seconds)

    def _shut(self, why: str) -> None:
        self._closed_because = why
        for entry in list(self._queue):
            self._queue.discard(entry)
            _REFUSED.labels("closed").inc()
            _settle(entry, errors.Unavailable(why))
        self._changed.set()

    def _break(self, reason: str) -> None:
        log.error("the device is broken", reason=reason)
        self._shut(_BROKEN)
        self.broken.set()


def _refuse(reason: str, error: errors.PopconError) -> NoReturn:
    _REFUSED.labels(reason).inc()
    raise error


def _settle(entry: Entry[Item, Result], outcome: Result | Exception) -> None:
    if entry.answer.done():  # the caller has gone
        return
    if isinstance(outcome, StopIteration):  # no future takes one
        outcome = errors.Internal("The work ended with StopIteration, which is a bug in it.")
    if isinstance(outcome, Exception):
        entry.answer.set_exception(outcome)
    else:
        entry.answer.set_result(outcome)
