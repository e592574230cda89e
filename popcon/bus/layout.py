"""Which streams and consumers there are, and how each is configured: pure data.

Retries, delays and attempt limits are the orchestrator's and live in SQL, so consumers carry none of them: no limit of
deliveries, behind which a task would stay in the stream unseen, and no backoff, which would replace the ack wait.
"""

from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    ReplayPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from popcon.bus.names import DEAD_LETTERS, LANES, STAGES, STREAM, TASKS, consumer, subject

ACK_WAIT_S = 30.0
MAX_TASK_BYTES = 64 * 1024
DEDUPE_S = 600.0

MAX_ACK_PENDING = 1024
"""Tasks that all workers of a stage and lane together may hold. Workers take one per free slot, so it only has to be
larger than all slots: ten workers of 64 slots fit one and a half times."""


def streams(replicas: int) -> list[StreamConfig]:
    """The task stream and the dead letters, each with so many copies."""
    return [_tasks(replicas), _dead_letters(replicas)]


def consumers(ack_wait_s: float) -> list[ConsumerConfig]:
    """One durable per stage and lane, with filters that do not overlap."""
    return [_consumer(stage, lane, ack_wait_s) for stage in STAGES for lane in LANES]


def _tasks(replicas: int) -> StreamConfig:
    return StreamConfig(
        name=STREAM,
        subjects=[TASKS],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=1024**3,
        max_msg_size=MAX_TASK_BYTES,
        max_age=0,
        duplicate_window=DEDUPE_S,
        num_replicas=replicas,
    )


def _dead_letters(replicas: int) -> StreamConfig:
    kinds = ("MAX_DELIVERIES", "MSG_TERMINATED")
    return StreamConfig(
        name=DEAD_LETTERS,
        subjects=[f"$JS.EVENT.ADVISORY.CONSUMER.{kind}.{STREAM}.>" for kind in kinds],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_bytes=64 * 1024**2,
        max_age=30 * 24 * 3600,
        duplicate_window=120,
        num_replicas=replicas,
    )


def _consumer(stage: str, lane: str, ack_wait_s: float) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=consumer(stage, lane),
        filter_subject=subject(stage, lane),
        deliver_policy=DeliverPolicy.ALL,
        replay_policy=ReplayPolicy.INSTANT,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ack_wait_s,
        max_deliver=-1,
        max_ack_pending=MAX_ACK_PENDING,
        num_replicas=0,  # as many as the stream has, also when they change: the server refuses any other number
    )
