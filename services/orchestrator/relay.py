"""The outbox relay: takes what is due, publishes it, and marks it once the stream holds it.

Any number of relays may run. To take is to set `published_at`, which one relay alone does to a run; `stream_seq`
follows when the stream holds the task. Killed between the two, what was taken comes free and is published under the
same message id, which the stream holds once; a worker that gets a task twice learns at its claim that there is nothing
to do. A relay always looks for what is not published, never for what is newer than a mark: transactions commit out of
order. The backlog in JetStream is kept short, so that order stays ours.
"""

import asyncio
import contextlib
from collections import defaultdict
from itertools import chain

from popcon import crash, errors, telemetry
from popcon.bus import Bus
from popcon.telemetry import log
from popcon.v1 import common_pb2, tasks_pb2
from services.orchestrator import outbox, waiting
from services.orchestrator.database import Database, Row, now_ms
from services.orchestrator.outbox import Published
from services.orchestrator.rules.turns import Turns
from services.orchestrator.writer import Writer

POLL_S = 0.5
TIDY_S = 2.0


class Relay:
    """`wake` says that there is something new; `run` is the task that publishes."""

    def __init__(self, database: Database, writer: Writer, bus: Bus, backlog: int) -> None:
        self._database = database
        self._writer = writer
        self._bus = bus
        self._backlog = backlog
        self._new = asyncio.Event()
        self._turns: defaultdict[tuple[str, str], Turns] = defaultdict(Turns)  # by stage and lane

    def wake(self) -> None:
        """Publish now rather than at the next poll."""
        self._new.set()

    async def run(self) -> None:
        """Publishes for ever."""
        loop = asyncio.get_running_loop()
        tidy_at = loop.time()
        while True:
            more = False
            try:
                if loop.time() >= tidy_at:
                    tidy_at = loop.time() + TIDY_S
                    await self.tidy()
                more = await self.publish_due()
            except errors.PopconError as error:
                log.warning("outbox waits", reason=error.message)
                await asyncio.sleep(POLL_S)
            except Exception:  # whatever it is, other tasks still have to go out
                log.exception("outbox waits")
                await asyncio.sleep(POLL_S)
            if not more:
                await self._wait()

    async def publish_due(self) -> bool:
        """Publishes one batch; answers whether there may be more. Raises `Unavailable`."""
        if not self._bus.connected:
            raise errors.Unavailable("NATS is away; tasks are published when it is back.")
        chosen = await self._choose()
        if not chosen:
            return False
        taken = await self._writer.apply(lambda tx: outbox.take(tx, chosen))
        if taken:
            crash.point("after_take")
        results = await asyncio.gather(*(self._publish(task) for task in taken), return_exceptions=True)
        done = [Published(task, seq) for task, seq in zip(taken, results, strict=True) if isinstance(seq, int)]
        back = [task for task, seq in zip(taken, results, strict=True) if not isinstance(seq, int)]
        if taken:
            crash.point("after_publish")
            await self._writer.apply(lambda tx: outbox.settle(tx, done, back))
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return bool(taken)

    async def tidy(self) -> None:
        """Sees to what no relay holds any more, and to tasks that nobody needs."""
        async with self._database.look() as connection:
            found = await outbox.untidy(connection, await now_ms(connection))
        if found.lapsed or found.needless:
            await self._writer.apply(lambda tx: outbox.tidy(tx, found))

    async def _choose(self) -> list[str]:
        """Ids of the runs whose tasks go out next, in order."""
        async with self._database.look() as connection:
            queues = await waiting.due(connection, await now_ms(connection), self._backlog)
        return list(
            chain.from_iterable(
                self._turns[queue.stage, queue.lane].choose(queue.lines, queue.room) for queue in queues
            )
        )

    async def _publish(self, row: Row) -> int:
        task = tasks_pb2.Task(
            schema=1,
            run_id=row["run_id"],
            job_id=row["job_id"],
            action_id=row["action_id"],
            stage=f"STAGE_{row['stage'].upper()}",
            lane=common_pb2.Lane.Value(f"LANE_{row['lane'].upper()}"),  # type: ignore[arg-type]
        )
        with telemetry.span("publish", row["headers"]):
            return await self._bus.publish_task(task, row["id"], row["headers"])

    async def _wait(self) -> None:
        # Not wait_for: before Python 3.12 it forgets that it was cancelled when the event comes at the same moment.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._new.wait()
        self._new.clear()
