"""What the parts underneath could carry alone, found in the same run on the same servers.

A transaction of six statements is three inserts and three updates by key, committed durably. One connection after the
other statement by statement; and several connections at once, whose commits PostgreSQL may flush together.
"""

import asyncio
import time
import uuid

import asyncpg

from bench.load.rig import Rig
from popcon.bus import Bus
from popcon.v1 import common_pb2, tasks_pb2

SECONDS = 5.0
CONNECTIONS = 8


async def transactions_per_second(rig: Rig, connections: int) -> float:
    """Bare transactions of six statements per second, over so many connections at once."""
    await rig.database.execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, text text)")
    began = time.monotonic()
    counts = await asyncio.gather(*(_transact(rig.postgres_url, began + SECONDS) for _ in range(connections)))
    return sum(counts) / (time.monotonic() - began)


async def _transact(url: str, until: float) -> int:
    connection = await asyncpg.connect(url)
    count = 0
    try:
        while time.monotonic() < until:
            async with connection.transaction():
                for _ in range(3):
                    row = await connection.fetchval("INSERT INTO bare (text) VALUES ('a') RETURNING id")
                    await connection.execute("UPDATE bare SET text = 'b' WHERE id = $1", row)
            count += 1
    finally:
        await connection.close()
    return count


async def publishes_per_second(rig: Rig) -> float:
    """Bare publishes into JetStream per second, 64 under way at a time; the tasks are of a run that does not exist."""
    bus = Bus(f"nats://{rig.stack.addresses.nats}", "limits")
    await bus.open()
    task = tasks_pb2.Task(schema=1, run_id="run_0", stage=common_pb2.STAGE_ASSEMBLE, lane=common_pb2.LANE_BATCH)
    began, count = time.monotonic(), 0
    try:
        while time.monotonic() - began < SECONDS:
            await asyncio.gather(*(bus.publish_task(task, uuid.uuid4().hex, {}) for _ in range(64)))
            count += 64
        return count / (time.monotonic() - began)
    finally:
        await bus.close()
