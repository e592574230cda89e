"""Applies changes in groups: one transaction, a savepoint per change, answers only after the commit.

A change is a coroutine function of a `Tx`. When it raises, its own savepoint is undone and its caller gets the error;
the rest of the group goes on. When a group's commit fails, each of its changes is tried alone; a change is therefore
free of effects outside its transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from prometheus_client import Histogram
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from popcon import errors
from popcon.telemetry import log
from services.orchestrator import ahead
from services.orchestrator.change import close
from services.orchestrator.database import Database, answering, now_ms
from services.orchestrator.tx import Tx

T = TypeVar("T")

GROUP_MAX = 64

_GROUP = Histogram("popcon_writer_group_size", "Changes applied per transaction", buckets=(1, 2, 4, 8, 16, 32, 64))


Change = Callable[[Tx], Awaitable[Any]]
_Waiting = tuple[Change, str, asyncio.Future[Any]]
_Outcome = tuple[Any, Exception | None]


class Writer:
    """`apply` hands a change in and waits for its commit; `run` is the task that applies them."""

    def __init__(self, database: Database, committed: Callable[[Tx], Awaitable[None]]) -> None:
        self._database = database
        self._committed = committed
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(maxsize=1024)

    async def apply(self, change: Callable[[Tx], Awaitable[T]], run_id: str = "") -> T:
        """The change's result, once it is durable. `run_id`: of a worker's call, so that what it will look at is read
        together with the rest of its group. Raises what the change raised, `Overloaded` or `Unavailable`."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait((change, run_id, future))
        except asyncio.QueueFull:
            raise errors.Overloaded("The orchestrator has more changes waiting than it takes; try again.") from None
        return await future

    async def run(self) -> None:
        """Applies changes for ever; cancel it when no caller is left."""
        while True:
            group = [await self._waiting.get()]
            while len(group) < GROUP_MAX and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            # A caller that gave up before its turn gets no change applied.
            await self._apply([each for each in group if not each[2].done()])

    async def _apply(self, group: list[_Waiting]) -> None:
        try:
            with answering():
                tx, outcomes = await self._commit(group)
        except Exception as error:
            if len(group) > 1:
                # One of them is to blame: alone, each gets what it deserves.
                for each in group:
                    if not each[2].done():
                        await self._apply([each])
                return
            outcomes = [(None, error)]
        else:
            await self._tell(tx)
        for (_, _, future), (result, problem) in zip(group, outcomes, strict=True):
            _settle(future, result, problem)

    async def _commit(self, group: list[_Waiting]) -> tuple[Tx, list[_Outcome]]:
        async with self._database.writing.begin() as connection:
            tx = Tx(connection, await now_ms(connection))
            if len(run_ids := [run_id for _, run_id, _ in group if run_id]) > 1:
                tx.ahead = await ahead.read(connection, run_ids)
            outcomes = [await _attempt(tx, change, len(group) == 1) for change, _, _ in group]
            await close(list(tx.changed.values()))
            await tx.settle()
        _GROUP.observe(len(group))
        return tx, outcomes

    async def _tell(self, tx: Tx) -> None:
        # What is committed is committed: whatever goes wrong from here on, nobody may be told to try again.
        try:
            await self._committed(tx)
        except Exception:
            log.exception("nobody was told of a commit")


async def _attempt(tx: Tx, change: Change, alone: bool) -> _Outcome:
    await asyncio.sleep(0)  # a database that answers at once must not keep others from their turn for a whole group
    try:
        async with tx.change():
            result = await change(tx)
            if alone:
                await tx.settle()
            return result, None
    except IntegrityError as error:
        return None, errors.StaleVersion(f"Somebody else wrote the same thing first; look again ({error.orig}).")
    except SQLAlchemyError:
        raise
    except Exception as error:
        return None, error


def _settle(future: asyncio.Future[Any], result: Any, problem: Exception | None) -> None:
    if future.done():
        return
    if problem is None:
        future.set_result(result)
    else:
        future.set_exception(problem)
