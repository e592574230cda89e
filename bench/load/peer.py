"""The peer: procrastinate, a task queue on PostgreSQL, on the same server with the same durability.

An action is a chain of four jobs, each of which defers the next before it ends. procrastinate does no more than that:
it keeps no state of actions, no attempts, no events and no summaries.
"""

import asyncio
import time

import procrastinate

from bench.load.rig import Rig

STAGES = 4
CONCURRENCY = 30


async def actions_per_second(rig: Rig, actions: int) -> float:
    """Chains of four jobs that procrastinate brings to their end per second, with one worker."""
    connector = procrastinate.PsycopgConnector(conninfo=rig.postgres_url, min_size=2, max_size=8)
    app = procrastinate.App(connector=connector)
    ended = asyncio.Semaphore(0)

    @app.task(name="stage")
    async def stage(number: int) -> None:
        if number < STAGES:
            await stage.defer_async(number=number + 1)
        else:
            ended.release()

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await stage.batch_defer_async(*({"number": 1} for _ in range(actions)))
        began = time.monotonic()
        worker = asyncio.create_task(
            app.run_worker_async(concurrency=CONCURRENCY, install_signal_handlers=False, delete_jobs="never")
        )
        for _ in range(actions):
            await ended.acquire()
        seconds = time.monotonic() - began
        worker.cancel()
        await asyncio.wait([worker])
    return actions / seconds
