"""NATS: the task stream and its consumers, publishing and pulling tasks, and wake-ups for watchers.

Only `provision` creates or changes streams and consumers; workers bind to what is there. Retries, delays and attempt
limits are the orchestrator's and live in SQL, so consumers carry none of them.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from google.protobuf.message import DecodeError
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from popcon import errors
from popcon.telemetry import log
from popcon.v1 import common_pb2, tasks_pb2

STREAM = "TASKS"
DEAD_LETTERS = "DLQ"
STAGES = ("startframe", "motion", "matte", "pack", "assemble")
LANES = ("interactive", "batch")
ACK_WAIT_S = 30.0
MAX_TASK_BYTES = 64 * 1024
_WAKE_ROOM_BYTES = 256 * 1024


def stage_name(stage: common_pb2.Stage) -> str:
    """`STAGE_MATTE` is `matte` in subjects, keys and tables."""
    return common_pb2.Stage.Name(stage).removeprefix("STAGE_").lower()


def subject(stage: str, lane: str) -> str:
    """Where the tasks of a stage and lane travel."""
    return f"popcon.tasks.{stage}.{lane}"


def consumer(stage: str, lane: str) -> str:
    """The durable that hands them out."""
    return f"{stage}-{lane}"


class Bus:
    """One connection to NATS. It reconnects for ever; calls made while it is away raise `Unavailable`."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._client = Client()
        self._js: JetStreamContext = self._client.jetstream(timeout=5)
        self._opened = False

    async def open(self) -> None:
        """Connects, waiting for a server that is not there yet."""
        self._opened = True

        async def on_error(error: Exception) -> None:
            log.debug("nats", error=str(error))

        await self._client.connect(
            self._url,
            name=self._name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            connect_timeout=2,
            ping_interval=5,  # a frozen server is noticed in about 15 s, not in minutes
            no_echo=True,  # who wakes others is awake
            error_cb=on_error,
        )

    @property
    def connected(self) -> bool:
        return bool(self._client.is_connected)

    def _check_connected(self) -> None:
        # The client would hold the call back and send it when it is connected again, long after its caller gave up;
        # before its first connection it would wait for the answer on a subscription that the server never hears of.
        if not self.connected:
            raise errors.Unavailable("NATS is away; try again in a moment.")

    async def close(self) -> None:
        """Sends what was published and closes."""
        if not self._opened:
            return  # the client cannot close what it never began
        if self._client.is_connected:
            with contextlib.suppress(NatsError, TimeoutError):
                await self._client.flush(timeout=2)
        await self._client.close()

    async def provision(self) -> None:
        """Creates or updates both streams and every consumer. Doing it again changes nothing."""
        self._check_connected()
        try:
            await self._ensure_stream(_tasks_stream())
            await self._ensure_stream(_dead_letter_stream())
            for stage in STAGES:
                for lane in LANES:
                    await self._js.add_consumer(STREAM, _consumer_config(stage, lane))
        except (NatsError, TimeoutError) as error:
            raise errors.Unavailable(f"NATS could not be set up: {error}; is the server up with JetStream?") from error

    async def _ensure_stream(self, config: StreamConfig) -> None:
        try:
            await self._js.update_stream(config)
        except NotFoundError:
            await self._js.add_stream(config)

    async def publish_task(self, task: tasks_pb2.Task, message_id: str, headers: Mapping[str, str]) -> int:
        """Publishes a task; answers its place in the stream once the stream holds it. The same `message_id` within 10
        minutes is held once."""
        where = subject(stage_name(task.stage), lane_name(task.lane))
        tagged = {**headers, "Nats-Msg-Id": message_id}
        self._check_connected()
        try:
            held = await self._js.publish(where, task.SerializeToString(), timeout=5, stream=STREAM, headers=tagged)
        except (NatsError, TimeoutError) as error:
            raise errors.Unavailable(f"The task stream does not take tasks: {error!r}.") from error
        return int(held.seq)

    async def holds(self, seq: int, run_id: str) -> bool:
        """Whether the stream still holds a run's task at a place. A wiped stream counts from 1 again, so what is there
        may be about another run."""
        self._check_connected()
        try:
            message = await self._js.get_msg(STREAM, seq)
        except NotFoundError:
            return False
        except (NatsError, TimeoutError) as error:
            raise errors.Unavailable(f"NATS does not answer: {error!r}.") from error
        try:
            return tasks_pb2.Task.FromString(message.data or b"").run_id == run_id
        except DecodeError:
            return False  # somebody else put it there

    async def pending(self) -> dict[tuple[str, str], int]:
        """How many tasks the stream holds per (stage, lane). Raises `NotFound` when it or a consumer is gone."""
        self._check_connected()
        try:
            info = await self._js.stream_info(STREAM, subjects_filter="popcon.tasks.>")
        except NotFoundError as error:
            raise errors.NotFound("The task stream is gone; it must be provisioned again.") from error
        except (NatsError, TimeoutError) as error:
            raise errors.Unavailable(f"NATS does not answer: {error!r}.") from error
        if info.state.consumer_count < len(STAGES) * len(LANES):
            raise errors.NotFound("A consumer of the task stream is gone; it must be provisioned again.")
        held = info.state.subjects or {}
        return {(stage, lane): held.get(subject(stage, lane), 0) for stage in STAGES for lane in LANES}

    async def bind(self, stage: str, lane: str) -> "Puller":
        """Binds to a provisioned consumer. Raises `NotFound` when it is not there."""
        self._check_connected()
        try:
            await self._js.consumer_info(STREAM, consumer(stage, lane))
            bound = await self._js.pull_subscribe_bind(consumer(stage, lane), STREAM)
        except NotFoundError as error:
            raise errors.NotFound(f"Consumer {consumer(stage, lane)} is not provisioned.") from error
        except (NatsError, TimeoutError) as error:
            raise errors.Unavailable(f"NATS does not answer: {error!r}.") from error
        return Puller(self, self._js, stage, lane, bound)

    async def wake(self, wake: tasks_pb2.Wake) -> None:
        """Tells watchers of a job that there is something to read; may be lost."""
        if not self._client.is_connected or self._client.pending_data_size > _WAKE_ROOM_BYTES:
            return  # a server that does not read must not hold up whoever has news
        try:
            await self._client.publish(f"popcon.events.{wake.job_id}", wake.SerializeToString())
        except NatsError as error:
            log.debug("wake-up lost", error=str(error))

    async def on_wake(self, handle: Callable[[tasks_pb2.Wake], Awaitable[None]]) -> None:
        """Calls `handle` for each wake-up of any job, for as long as the bus lives."""

        async def receive(message: Msg) -> None:
            await handle(tasks_pb2.Wake.FromString(message.data))

        await self._client.subscribe("popcon.events.*", cb=receive)


class Puller:
    """Takes tasks of one stage and lane, one at a time."""

    def __init__(
        self, bus: Bus, js: JetStreamContext, stage: str, lane: str, bound: JetStreamContext.PullSubscription
    ) -> None:
        self._bus = bus
        self._js = js
        self._name = consumer(stage, lane)
        self._bound = bound

    async def pull(self, timeout_s: float) -> Msg | None:
        """The next task, or None when none came in time. A pull dies with its connection, so keep `timeout_s` small."""
        if not self._bus.connected:  # pulls held back would all be sent at once, for more tasks than there are slots
            await asyncio.sleep(timeout_s)
            return None
        try:
            messages = await self._bound.fetch(1, timeout=timeout_s)
        except (NatsError, TimeoutError):
            return None
        return messages[0] if messages else None

    async def exists(self) -> bool:
        """Whether the consumer is still there; a deleted one looks like an empty queue to `pull`."""
        if not self._bus.connected:
            return True  # not known; the connection will tell
        try:
            await self._js.consumer_info(STREAM, self._name)
        except NotFoundError:
            return False
        except (NatsError, TimeoutError):
            return True  # not known; the connection will tell
        return True

    async def close(self) -> None:
        """Forgets the consumer; it stays on the server."""
        try:
            await self._bound.unsubscribe()
        except NatsError as error:
            log.debug("unsubscribe", error=str(error))


def lane_name(lane: common_pb2.Lane) -> str:
    """`LANE_BATCH` is `batch` in subjects and tables."""
    return "interactive" if lane == common_pb2.LANE_INTERACTIVE else "batch"


def _tasks_stream() -> StreamConfig:
    return StreamConfig(
        name=STREAM,
        subjects=["popcon.tasks.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=1024**3,
        max_msg_size=MAX_TASK_BYTES,
        max_age=0,
        duplicate_window=600,
    )


def _dead_letter_stream() -> StreamConfig:
    kinds = ("MAX_DELIVERIES", "MSG_TERMINATED")
    return StreamConfig(
        name=DEAD_LETTERS,
        subjects=[f"$JS.EVENT.ADVISORY.CONSUMER.{kind}.{STREAM}.>" for kind in kinds],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_bytes=64 * 1024**2,
        max_age=30 * 24 * 3600,
    )


def _consumer_config(stage: str, lane: str) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=consumer(stage, lane),
        filter_subject=subject(stage, lane),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_S,
        max_deliver=-1,
        max_ack_pending=1024,
    )
