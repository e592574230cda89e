"""Applies changes in groups: one transaction, a savepoint per change, answers only after the commit.

A change is a coroutine function of a `Tx`. When it raises, its own savepoint is undone and its caller gets the error;
the rest of the group goes on. A change that meets another orchestrator's transaction is undone too and applied again
alone, beside the groups that follow: a group holds the locks of many jobs and must not wait for long. When a group's
commit fails, each of its changes is tried alone; a change is therefore free of effects outside its transaction. Where
the connection was lost nobody knows what became of a commit: nothing is tried again, and the callers are told so.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from prometheus_client import Histogram
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from popcon import crash, errors
from popcon.telemetry import log
from services.orchestrator import ahead, postgres, tallies
from services.orchestrator.change import close
from services.orchestrator.database import Database, begin, translated
from services.orchestrator.tx import Spoiled, Tx

T = TypeVar("T")

GROUP_MAX = 64

_GROUP_WAITS_MS = 200
_ALONE_WAITS_MS = 5_000
_PAUSES_S = (0.0, 0.1, 0.5)
"""Before each time that a change is applied alone."""

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
        self._turns = asyncio.Semaphore(database.writers)
        self._beside = asyncio.Semaphore(max(database.writers - 1, 1))  # groups always find a turn

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
        async with asyncio.TaskGroup() as alone:
            while True:
                group = [await self._waiting.get()]
                while len(group) < GROUP_MAX and not self._waiting.empty():
                    group.append(self._waiting.get_nowait())
                for each, _ in await self._apply(group, _GROUP_WAITS_MS):
                    alone.create_task(self._apply_alone(each))

    async def _apply_alone(self, waiting: _Waiting) -> None:
        for pause_s in _PAUSES_S:
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            async with self._beside:
                again = await self._apply([waiting], _ALONE_WAITS_MS)
            if not again:
                return
        _settle(waiting[2], None, again[0][1])

    async def _apply(self, group: list[_Waiting], lock_ms: int) -> list[tuple[_Waiting, Exception]]:
        """Answers those that must be applied again, alone, and what to tell them should that be of no use; all others
        are settled."""
        # A caller that gave up before its turn gets no change applied.
        group = [each for each in group if not each[2].done()]
        if not group:
            return []
        try:
            async with self._turns:
                tx, outcomes = await self._commit(group, lock_ms)
        except Exception as error:
            outcomes = [(None, _blame_all(error, len(group)))] * len(group)
        else:
            await self._tell(tx)
        again = []
        for each, (result, problem) in zip(group, outcomes, strict=True):
            if isinstance(problem, _Again):
                again.append((each, problem.word))
            else:
                _settle(each[2], result, problem)
        return again

    async def _commit(self, group: list[_Waiting], lock_ms: int) -> tuple[Tx, list[_Outcome]]:
        async with self._database.writing.begin() as connection:
            tx = Tx(connection, await begin(connection, lock_ms))
            if len(run_ids := [run_id for _, run_id, _ in group if run_id]) > 1:
                tx.ahead = await ahead.read(connection, run_ids)
            outcomes = [await _attempt(tx, change, lock_ms) for change, _, _ in group]
            await close(list(tx.changed.values()))
            await tx.settle()
            await tallies.write(tx)
            if tx.woken:
                crash.point("before_commit")
        if tx.woken:
            crash.point("after_commit")
        _GROUP.observe(len(group))
        return tx, outcomes

    async def _tell(self, tx: Tx) -> None:
        # What is committed is committed: whatever goes wrong from here on, nobody may be told to try again.
        try:
            await self._committed(tx)
        except Exception:
            log.exception("nobody was told of a commit")


class _Again(Exception):
    """A change met another transaction; it is undone. `word`: what its caller is told in the end."""

    def __init__(self, word: Exception) -> None:
        super().__init__()
        self.word = word


async def _attempt(tx: Tx, change: Change, lock_ms: int) -> _Outcome:
    await asyncio.sleep(0)  # a database that answers at once must not keep others from their turn for a whole group
    try:
        async with tx.change():
            result = await change(tx)
            if lock_ms == _ALONE_WAITS_MS:
                await tx.settle()
            return result, None
    except Spoiled:
        raise
    except (SQLAlchemyError, OSError) as error:
        return None, _blame(error, lock_ms)
    except Exception as error:
        return None, error


def _blame(error: Exception, lock_ms: int) -> Exception:
    """What becomes of a change that failed in the database by itself. Raises what the whole group failed by."""
    if isinstance(error, IntegrityError):
        stale = errors.StaleVersion("Somebody else wrote the same thing first; look again.")
        return _Again(stale) if postgres.may_pass(error) or lock_ms != _ALONE_WAITS_MS else stale
    if postgres.may_pass(error):
        return _Again(_busy())
    if postgres.does_not_fit(error):
        return translated(error)
    raise error


def _blame_all(error: Exception, size: int) -> Exception:
    """What becomes of each change of a group that failed as a whole: one of them is to blame, and alone each gets what
    it deserves."""
    cause = error.__cause__ if isinstance(error, Spoiled) and isinstance(error.__cause__, Exception) else error
    if postgres.may_pass(cause) or (size > 1 and not postgres.is_lost(cause)):
        return _Again(_busy())
    return translated(cause) if isinstance(cause, SQLAlchemyError | OSError) else cause


def _busy() -> errors.Unavailable:
    return errors.Unavailable("Others change the same thing at this moment; try again.")


def _settle(future: asyncio.Future[Any], result: Any, problem: Exception | None) -> None:
    if future.done():
        return
    if problem is None:
        future.set_result(result)
    else:
        future.set_exception(problem)
