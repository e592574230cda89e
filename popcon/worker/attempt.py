"""One attempt at a run, from the claim to the outcome.

Order: outputs, then the manifest, then `Complete` committed by the orchestrator, then the acknowledgement, which is the
loop's. Killed between any two of these, the next attempt finds either nothing or a complete manifest.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from enum import Enum

from prometheus_client import Counter, Histogram

from popcon import crash, errors
from popcon.manifest import Manifest
from popcon.storage import Artifact, ArtifactStore
from popcon.telemetry import log
from popcon.v1 import runs_pb2
from popcon.worker.claims import CONTINUE, HELD, Claims
from popcon.worker.work import Handler, Work

_BUCKETS = (0.1, 0.3, 1, 3, 10, 30, 100, 300)
_ATTEMPTS = Counter("popcon_attempts_total", "Attempts at runs, by how they ended", ["stage", "end"])
_SECONDS = Histogram("popcon_attempt_seconds", "Seconds of work per attempt", ["stage"], buckets=_BUCKETS)

Beat = Callable[[], Awaitable[None]]
"""Awaited after each heartbeat that was answered with go on."""

BEATS_PER_LEASE = 4
LOOK_S = 0.5
STEP = 0.1
"""Progress worth telling before the lease asks for a beat."""


class End(Enum):
    """How an attempt ended, and so what becomes of the message."""

    SETTLED = "settled"  # acknowledge: the run needs nothing more from it
    HELD = "held"  # leave it: another attempt holds the run
    RELEASED = "released"  # give it back: we are going away


class Attempt:
    """A claimed run."""

    def __init__(self, assignment: runs_pb2.Assignment, handler: Handler, store: ArtifactStore, claims: Claims) -> None:
        self.work = Work(assignment, store)
        self._held = assignment
        self._handler = handler
        self._claims = claims
        self._end: End | None = None

    def release(self) -> None:
        """Asks the work to stop so that the run can be handed back."""
        self._end = End.RELEASED
        self.work.stop()

    async def run(self, stage: str, beat: Beat) -> End:
        """Does the work and reports it; answers how it ended."""
        beating = asyncio.create_task(self._keep_lease(beat))
        try:
            with _SECONDS.labels(stage).time():
                end = await self._make_and_report()
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
            # The slot stays taken until the work has really stopped: two at once would share the device.
            self.work.stop()
            await self.work.ended()
        _ATTEMPTS.labels(stage, end.value).inc()
        return end

    async def _make_and_report(self) -> End:
        try:
            async with asyncio.timeout(self._held.deadline.ToTimedelta().total_seconds()):
                stored, made = await self.work.earlier() or await self._make()
        except TimeoutError:
            self.work.stop()
            return await self._report(errors.DeadlinePassed("The work did not end in its time."))
        except errors.Stopped as error:
            return await self._stopped(error)
        except errors.PopconError as error:
            log.warning("attempt failed", code=error.code, reason=error.message)
            return await self._report(error)
        except Exception as error:
            log.exception("attempt failed")
            return await self._report(
                errors.Internal(f"A bug in the {type(error).__name__} kind: see the worker's log.")
            )
        crash.point("after_upload")
        verdict = await self._claims.succeed(self._held, stored, made)
        crash.point("after_complete")
        return _end(verdict)

    async def _make(self) -> tuple[Artifact, Manifest]:
        return await self.work.finish(await self._handler.handle(self.work))

    async def _stopped(self, error: errors.Stopped) -> End:
        match self._end:
            case None:
                return await self._report(error)
            case End.RELEASED:
                with contextlib.suppress(errors.PopconError):
                    await self._claims.release(self._held)
        return self._end

    async def _report(self, error: errors.PopconError) -> End:
        return _end(await self._claims.fail(self._held, error))

    async def _keep_lease(self, beat: Beat) -> None:
        """Beats in time for the lease, and sooner when there is progress to tell."""
        every_s = self._held.lease.ToTimedelta().total_seconds() / BEATS_PER_LEASE
        clock = asyncio.get_running_loop().time
        beaten_at, told = clock(), 0.0
        while True:
            await asyncio.sleep(min(every_s, LOOK_S))
            if clock() - beaten_at < every_s and self.work.fraction - told < STEP:
                continue
            beaten_at, told = clock(), self.work.fraction
            try:
                verdict = await self._claims.heartbeat(self._held, self.work.fraction)
            except errors.PopconError as error:
                log.info("heartbeat not taken", reason=error.message)
                continue  # the lease may run out meanwhile; the fence decides then
            if verdict == CONTINUE:
                await beat()
            elif self._end is None:
                log.info("attempt is no longer wanted")
                self._end = _end(verdict)
                self.work.stop()


def _end(verdict: runs_pb2.Verdict) -> End:
    return End.HELD if verdict in (HELD, runs_pb2.VERDICT_UNSPECIFIED) else End.SETTLED
