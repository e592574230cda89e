"""The loop: claim what is due, send it, say how that ended.

Killed between sending and saying, the lease runs out and somebody sends it again: under the same id, by which the
endpoint knows it. Only as much is claimed as can be sent at once, so that signatures are fresh when they go out.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from prometheus_client import Counter, Histogram

from popcon import crash, errors, rpc, telemetry
from popcon.telemetry import log
from popcon.v1 import webhooks_pb2 as pb
from services.webhooks.sender import Sender

POLL_S = 1.0
CLAIM_S = 5.0
REPORT_S = 15.0
"""How long a report is repeated while the orchestrator is away; a lease lasts longer than this and an attempt."""

_ATTEMPTS = Counter("popcon_webhook_attempts_total", "Attempts at deliveries", ["outcome"])
_SECONDS = Histogram("popcon_webhook_attempt_seconds", "Seconds per attempt at a delivery")


class Deliverer:
    """Sends up to `slots` deliveries at a time. `grace_s`: how long those in hand may take once it is to stop."""

    def __init__(self, deliveries: Any, sender: Sender, *, slots: int, grace_s: float) -> None:
        self._deliveries = deliveries
        self._sender = sender
        self._slots = slots
        self._grace_s = grace_s
        self._busy: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Delivers until `stop` is set, then ends what is in hand."""
        stopping = asyncio.create_task(stop.wait())
        while not stop.is_set():
            claimed = await self._claim()
            for each in claimed:
                task = asyncio.create_task(self._deliver(each))
                self._busy.add(task)
                task.add_done_callback(self._busy.discard)
            full = len(self._busy) >= self._slots
            if full or not claimed:
                await asyncio.wait({stopping, *(self._busy if full else ())}, timeout=POLL_S, return_when=_FIRST)
        await self._drain()

    async def _claim(self) -> Sequence[pb.SignedDelivery]:
        free = self._slots - len(self._busy)
        if free < 1:
            return ()
        try:
            request = pb.ClaimDeliveriesRequest(limit=free)
            answer = await rpc.call(self._deliveries.ClaimDeliveries, request, timeout_s=CLAIM_S)
        except errors.PopconError as error:
            log.info("waiting for deliveries", reason=error.message)
            return ()
        return answer.deliveries  # type: ignore[no-any-return]

    async def _deliver(self, delivery: pb.SignedDelivery) -> None:
        with telemetry.bind(delivery_id=delivery.id, webhook_id=delivery.webhook_id, attempt=delivery.attempt):
            try:
                await self._send_and_report(delivery)
            except errors.PopconError as error:
                log.warning("nobody heard how an attempt ended; there will be another", reason=error.message)
            except Exception:
                log.exception("an attempt broke the loop's own code; there will be another")

    async def _send_and_report(self, delivery: pb.SignedDelivery) -> None:
        with _SECONDS.time():
            outcome = await self._sender.send(delivery)
        crash.point("after_send")
        delivered = 200 <= outcome.status < 300
        _ATTEMPTS.labels("delivered" if delivered else "failed").inc()
        log.info("attempt ended", status=outcome.status, reason=outcome.error)
        request = pb.ReportDeliveryRequest(
            delivery_id=delivery.id,
            attempt=delivery.attempt,
            status=outcome.status,
            error=outcome.error,
            retry_after_s=outcome.retry_after_s,
        )
        await rpc.call(self._deliveries.ReportDelivery, request, patience_s=REPORT_S)

    async def _drain(self) -> None:
        if self._busy:
            await asyncio.wait(self._busy, timeout=self._grace_s)
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)


_FIRST = asyncio.FIRST_COMPLETED
