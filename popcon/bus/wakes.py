"""Wake-ups for watchers, on plain NATS: they may be lost, and SQL has what they are about."""

from collections.abc import Awaitable, Callable

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from popcon.bus.connection import Connection
from popcon.bus.names import WAKES, wake_subject
from popcon.telemetry import log
from popcon.v1 import tasks_pb2

_ROOM_BYTES = 256 * 1024


async def wake(connection: Connection, said: tasks_pb2.Wake) -> None:
    """Tells watchers of a job that there is something to read; may be lost."""
    client = connection.client
    if not client.is_connected or client.pending_data_size > _ROOM_BYTES:
        return  # a server that does not read must not hold up whoever has news
    try:
        await client.publish(wake_subject(said.job_id), said.SerializeToString())
    except NatsError as error:
        log.debug("wake-up lost", error=str(error))


async def on_wake(connection: Connection, handle: Callable[[tasks_pb2.Wake], Awaitable[None]]) -> None:
    """Calls `handle` for each wake-up of any job, for as long as the connection lives."""

    async def receive(message: Msg) -> None:
        await handle(tasks_pb2.Wake.FromString(message.data))

    await connection.client.subscribe(WAKES, cb=receive)
