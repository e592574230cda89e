"""NATS: the task stream and its consumers, publishing and pulling tasks, and wake-ups for watchers.

names         what streams, consumers and subjects are called
layout        how each is configured
access        certificates and credentials
connection    one connection, kept for ever
provisioning  creates streams and consumers, and mends what drifted
tasks         publish, pull, ask what the stream holds
wakes         wake-ups
bus           all of it as others use it
"""

from popcon.bus.access import Access
from popcon.bus.bus import Bus
from popcon.bus.layout import ACK_WAIT_S, MAX_ACK_PENDING, MAX_TASK_BYTES
from popcon.bus.names import DEAD_LETTERS, LANES, STAGES, STREAM, consumer, lane_name, stage_name, subject
from popcon.bus.tasks import Puller

__all__ = [
    "ACK_WAIT_S",
    "DEAD_LETTERS",
    "LANES",
    "MAX_ACK_PENDING",
    "MAX_TASK_BYTES",
    "STAGES",
    "STREAM",
    "Access",
    "Bus",
    "Puller",
    "consumer",
    "lane_name",
    "stage_name",
    "subject",
]
