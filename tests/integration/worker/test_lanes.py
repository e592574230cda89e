"""Two lanes at one slot: interactive first, and batch never starved."""

import asyncio

from popcon.v1 import common_pb2
from popcon.worker.loop import BATCH_AFTER
from popcon.worker.work import Work
from services.orchestrator import tables
from tests.fixtures.waiting import eventually
from tests.fixtures.workshop import Toy, Workshop

INTERACTIVE, BATCH = common_pb2.LANE_INTERACTIVE, common_pb2.LANE_BATCH


async def lanes(shop: Workshop, seen: list[Work]) -> list[str]:
    """The lane of each task that was worked on, in order."""
    rows = {row["id"]: row["lane"] for row in await shop.house.rows(tables.runs)}
    return [rows[work.assignment.run_id] for work in seen]


async def in_stream(shop: Workshop, interactive: int, batch: int) -> None:
    async def there() -> bool:
        held = await shop.bus.pending()
        return (held["startframe", "interactive"], held["startframe", "batch"]) == (interactive, batch)

    await eventually(there)


async def test_batch_goes_on_while_interactive_has_no_end(shop: Workshop) -> None:
    rounds = 2
    await shop.house.create(*["joy"] * 3, lane=BATCH)
    await shop.house.create(*["joy"] * 16, lane=INTERACTIVE)  # as many as the stream takes: it stays full
    await in_stream(shop, 16, 3)
    async with shop.working(Toy()) as worker:
        await eventually(lambda: len(worker.handler.seen) >= rounds * (BATCH_AFTER + 1))
        order = (await lanes(shop, worker.handler.seen))[: rounds * (BATCH_AFTER + 1)]
    assert order == (["interactive"] * BATCH_AFTER + ["batch"]) * rounds


async def test_interactive_work_waits_for_one_batch_task_at_most(shop: Workshop) -> None:
    """Whenever it comes, what is in the slot is all that is before it."""
    reached, go_on = asyncio.Event(), asyncio.Semaphore(0)

    async def stepwise(_work: Work) -> None:
        reached.set()
        await go_on.acquire()

    await shop.house.create(*["joy"] * 12, lane=BATCH)
    await in_stream(shop, 0, 12)
    async with shop.working(Toy(stepwise)) as worker:
        for count in range(1, 11):
            await reached.wait()
            reached.clear()
            if count == 8:
                await shop.house.create(lane=INTERACTIVE)
                await in_stream(shop, 1, 5)
            go_on.release()
        await eventually(lambda: len(worker.handler.seen) >= 10)
        order = await lanes(shop, worker.handler.seen)
        for _ in range(10):
            go_on.release()
    assert order[:10] == ["batch"] * 8 + ["interactive", "batch"]
