"""The stage loop: slot, pull, claim, work, complete, acknowledge.

A slot is taken before a task is pulled, so a worker never holds messages that it cannot start. A message is
acknowledged only when the run needs nothing more from it; whatever else happens, SQL and its reconciler see to it that
the run is tried again.
"""

import asyncio
import contextlib
import itertools
import uuid

from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from prometheus_client import Counter

from popcon import crash, errors, telemetry
from popcon.bus import LANES, Bus, Puller, subject
from popcon.storage import ArtifactStore
from popcon.telemetry import log
from popcon.v1 import runs_pb2, tasks_pb2
from popcon.worker.attempt import Attempt, End
from popcon.worker.claims import HELD, Claims
from popcon.worker.work import Handler

SCHEMA = 1
"""The version of tasks that is known here; a newer one still says which run it is about."""

GLANCE_S = 0.02
PULL_S = 0.4
BATCH_AFTER = 7
"""After so many interactive tasks in a row the batch lane is looked at first, so that they cannot starve it. Never
after a batch task: interactive work waits for one of those at most."""

CHECK_EVERY_S = 15.0
"""A deleted consumer looks like an empty queue, so we ask now and then whether it is still there: also while the other
lane has work."""

_GONE = Counter("popcon_consumers_gone_total", "Times that a consumer of the task stream was gone", ["stage"])


class StageLoop:
    """Takes tasks of one stage, `slots` at a time, until told to stop; then finishes what it holds or hands it back."""

    def __init__(
        self,
        stage: str,
        handler: Handler,
        bus: Bus,
        claims: Claims,
        store: ArtifactStore,
        *,
        slots: int,
        grace_s: float,
    ) -> None:
        self._stage = stage
        self._handler = handler
        self._bus = bus
        self._claims = claims
        self._store = store
        self._slots = slots
        self._grace_s = grace_s
        self._busy: dict[asyncio.Task[None], Attempt | None] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set, then drains."""
        while not stop.is_set():
            try:
                pullers = [await self._bus.bind(self._stage, lane) for lane in LANES]
            except errors.PopconError as error:
                log.info("waiting for tasks", reason=error.message)
                await _sleep(1.0, stop)
                continue
            await self._pull_until_gone(pullers, stop)
            for puller in pullers:
                await puller.close()
        await self._drain()

    async def _pull_until_gone(self, pullers: list[Puller], stop: asyncio.Event) -> None:
        interactive = 0
        clock = asyncio.get_running_loop().time
        check_at = clock() + CHECK_EVERY_S
        for look in itertools.count(1):
            await self._wait_for_slot(pullers, stop)
            if stop.is_set():
                return
            ordered = pullers[::-1] if interactive >= BATCH_AFTER else pullers
            message = await _pull(ordered, look, stop)
            if message is not None:
                interactive = interactive + 1 if message.subject == subject(self._stage, "interactive") else 0
                self._start(message)
            if clock() >= check_at:
                check_at = clock() + CHECK_EVERY_S
                if not await _all_exist(pullers):
                    log.warning("a consumer of the task stream is gone", stage=self._stage)
                    _GONE.labels(self._stage).inc()
                    return

    async def _wait_for_slot(self, pullers: list[Puller], stop: asyncio.Event) -> None:
        """Waits until a slot is free, or until told to stop. Meanwhile nothing is kept from workers that have one."""
        if len(self._busy) >= self._slots:
            for puller in pullers:
                await puller.give_back()
        stopping = asyncio.create_task(stop.wait())
        while len(self._busy) >= self._slots and not stop.is_set():
            await asyncio.wait({*self._busy, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    def _start(self, message: Msg) -> None:
        task = asyncio.create_task(self._work(message))
        self._busy[task] = None
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        del self._busy[task]
        if not task.cancelled() and task.exception() is not None:
            log.error("a task broke the loop's own code", exc_info=task.exception())

    async def _work(self, message: Msg) -> None:
        task = _parse(message)
        if task is None:
            log.error("a message that is no task was dropped", subject=message.subject)
            await _terminate(message)
            return
        ids = {"job_id": task.job_id, "action_id": task.action_id, "run_id": task.run_id}
        with telemetry.bind(**ids), telemetry.span(f"{self._stage} run", message.headers):
            try:
                await _settle(message, await self._claim_and_run(task, message))
            except errors.PopconError as error:
                # Nobody answered: the lease, if there is one, runs out and the run is published again.
                log.warning("task is given back", reason=error.message)
                await _settle(message, End.RELEASED)

    async def _claim_and_run(self, task: tasks_pb2.Task, message: Msg) -> End:
        claim = await self._claims.claim(task.run_id, uuid.uuid4().hex)
        if claim.verdict != runs_pb2.VERDICT_CONTINUE:
            return End.HELD if claim.verdict == HELD else End.SETTLED
        crash.point("after_claim")
        if task.schema != SCHEMA:
            # Its orchestrator is newer: waited for as for any part that is away, so that a newer worker may take it.
            await self._claims.fail(claim.assignment, _unknown(task))
            return End.SETTLED
        attempt = Attempt(claim.assignment, self._handler, self._store, self._claims)
        current = asyncio.current_task()
        if current is not None:
            self._busy[current] = attempt
        with telemetry.bind(attempt=claim.assignment.attempt):
            end = await attempt.run(self._stage, beat=lambda: _in_progress(message))
            log.info("attempt ended", stage=self._stage, end=end.value)
            return end

    async def _drain(self) -> None:
        """Waits for what is in hand; what does not end in time is handed back."""
        if self._busy:
            await asyncio.wait(self._busy, timeout=self._grace_s)
        for attempt in self._busy.values():
            if attempt is not None:
                attempt.release()
        if self._busy:
            await asyncio.wait(self._busy, timeout=self._grace_s / 2)
        for task in self._busy:
            task.cancel()
        if self._busy:
            await asyncio.wait(self._busy)


async def _pull(ordered: list[Puller], look: int, stop: asyncio.Event) -> Msg | None:
    """A task of the first lane that has one; where none has, of the lane whose turn it is to be waited at."""
    for puller in ordered:
        message = await puller.pull(GLANCE_S)
        if message is not None or stop.is_set():
            return message
    return await ordered[look % len(ordered)].pull(PULL_S)


async def _all_exist(pullers: list[Puller]) -> bool:
    return all([await puller.exists() for puller in pullers])


def _parse(message: Msg) -> tasks_pb2.Task | None:
    try:
        task = tasks_pb2.Task.FromString(message.data)
    except DecodeError:
        return None
    return task if task.schema >= SCHEMA and task.run_id else None


def _unknown(task: tasks_pb2.Task) -> errors.Unavailable:
    return errors.Unavailable(
        f"A worker does not know tasks of version {task.schema}: run workers of its orchestrator's release."
    )


async def _terminate(message: Msg) -> None:
    """Has a message never delivered again; the dead-letter stream tells of it."""
    with contextlib.suppress(NatsError):
        await message.term()


async def _settle(message: Msg, end: End) -> None:
    """Acknowledges, gives back or leaves a message. When that fails it is delivered again, which is harmless."""
    try:
        match end:
            case End.SETTLED:
                await message.ack_sync(timeout=5)
                crash.point("after_ack")
            case End.RELEASED:
                await message.nak(delay=1)
            case End.HELD:
                pass
    except (NatsError, TimeoutError) as error:
        log.info("message not settled; it will come again", reason=repr(error))


async def _in_progress(message: Msg) -> None:
    with contextlib.suppress(NatsError):
        await message.in_progress()


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
