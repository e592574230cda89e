"""Tasks: publishing them, asking what the stream holds, pulling them one at a time."""

import asyncio
from collections.abc import Mapping

from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from popcon import errors
from popcon.bus.connection import Connection, translated
from popcon.bus.names import DEAD_LETTERS, LANES, STAGES, STREAM, TASKS, consumer, lane_name, stage_name, subject
from popcon.telemetry import log
from popcon.v1 import tasks_pb2

PUBLISH_S = 2.0
"""An answer to a publish that takes longer is lost with the leader of the stream; a repeat is held once."""

GIVEN_BACK_S = 1.0
"""Longer than a pull waits: at once it would come back to a pull of ours that was given up, too."""

_AWAY = "NATS does not answer"


async def publish(connection: Connection, task: tasks_pb2.Task, message_id: str, headers: Mapping[str, str]) -> int:
    """Publishes a task; answers its place in the stream once the stream holds it. The same `message_id` within 10
    minutes is held once."""
    where = subject(stage_name(task.stage), lane_name(task.lane))
    tagged = {**headers, "Nats-Msg-Id": message_id}
    connection.require()
    with translated("The task stream does not take tasks"):
        held = await connection.js.publish(
            where, task.SerializeToString(), timeout=PUBLISH_S, stream=STREAM, headers=tagged
        )
    return int(held.seq)


async def holds(connection: Connection, seq: int, run_id: str) -> bool:
    """Whether the stream still holds a run's task at a place. A wiped stream counts from 1 again, so what is there
    may be about another run."""
    connection.require()
    with translated(_AWAY):
        try:
            message = await connection.js.get_msg(STREAM, seq)
        except NotFoundError:
            return False
    try:
        return tasks_pb2.Task.FromString(message.data or b"").run_id == run_id
    except DecodeError:
        return False  # somebody else put it there


async def pending(connection: Connection) -> dict[tuple[str, str], int]:
    """How many tasks the stream holds per (stage, lane). Raises `NotFound` when it or a consumer is gone."""
    connection.require()
    with translated(_AWAY):
        try:
            info = await connection.js.stream_info(STREAM, subjects_filter=TASKS)
        except NotFoundError as error:
            raise errors.NotFound("The task stream is gone; it must be provisioned again.") from error
    if info.state.consumer_count < len(STAGES) * len(LANES):
        raise errors.NotFound("A consumer of the task stream is gone; it must be provisioned again.")
    held = info.state.subjects or {}
    return {(stage, lane): held.get(subject(stage, lane), 0) for stage in STAGES for lane in LANES}


async def dead_letters(connection: Connection) -> int:
    """How many advisories the dead letters hold: tasks that the broker stopped delivering, or that workers put away.
    Raises `NotFound` when the stream is gone."""
    connection.require()
    with translated(_AWAY):
        try:
            return int((await connection.js.stream_info(DEAD_LETTERS)).state.messages)
        except NotFoundError as error:
            raise errors.NotFound("The stream of dead letters is gone; it must be provisioned again.") from error


async def bind(connection: Connection, stage: str, lane: str) -> "Puller":
    """Binds to a provisioned consumer. Raises `NotFound` when it is not there."""
    name = consumer(stage, lane)
    connection.require()
    with translated(_AWAY):
        try:
            await connection.js.consumer_info(STREAM, name)
            bound = await connection.js.pull_subscribe_bind(name, STREAM)
        except NotFoundError as error:
            raise errors.NotFound(f"Consumer {name} is not provisioned.") from error
    return Puller(connection, name, bound)


class Puller:
    """Takes tasks of one stage and lane, one at a time."""

    def __init__(self, connection: Connection, name: str, bound: JetStreamContext.PullSubscription) -> None:
        self._connection = connection
        self._name = name
        self._bound = bound

    async def pull(self, timeout_s: float) -> Msg | None:
        """The next task, or None when none came in time. A pull dies with its connection, so keep `timeout_s` small."""
        if not self._connection.connected:
            # Pulls held back would all be sent at once, for more tasks than there are slots.
            await asyncio.sleep(timeout_s)
            return None
        try:
            messages = await self._bound.fetch(1, timeout=timeout_s)
        except (NatsError, TimeoutError):
            return None
        return messages[0] if messages else None

    async def give_back(self) -> None:
        """Hands back what came after its pull was given up, as from a server that was frozen: whoever has a free slot
        gets it soon, and not when nobody was heard about it for the ack wait."""
        while self._bound.pending_bytes and self._connection.connected:
            message = await self.pull(0.1)
            if message is not None:
                await message.nak(delay=GIVEN_BACK_S)

    async def exists(self) -> bool:
        """Whether the consumer is still there; a deleted one looks like an empty queue to `pull`."""
        if not self._connection.connected:
            return True  # not known; the connection will tell
        try:
            await self._connection.js.consumer_info(STREAM, self._name)
        except NotFoundError:
            return False
        except (NatsError, TimeoutError):
            return True  # not known; the connection will tell
        return True

    async def close(self) -> None:
        """Hands back what nobody will take, and forgets the consumer; it stays on the server."""
        try:
            await self.give_back()
            await self._bound.unsubscribe()
        except NatsError as error:
            log.debug("unsubscribe", error=str(error))
