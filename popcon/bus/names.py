"""What streams, consumers and subjects are called, and so who hears what."""

from popcon.v1 import common_pb2

STREAM = "TASKS"
DEAD_LETTERS = "DLQ"
STAGES = ("startframe", "motion", "matte", "pack", "assemble")
LANES = ("interactive", "batch")
TASKS = "popcon.tasks.>"
WAKES = "popcon.events.*"


def stage_name(stage: common_pb2.Stage) -> str:
    """`STAGE_MATTE` is `matte` in subjects, keys and tables."""
    return common_pb2.Stage.Name(stage).removeprefix("STAGE_").lower()


def lane_name(lane: common_pb2.Lane) -> str:
    """`LANE_BATCH` is `batch` in subjects and tables."""
    return "interactive" if lane == common_pb2.LANE_INTERACTIVE else "batch"


def subject(stage: str, lane: str) -> str:
    """Where the tasks of a stage and lane travel."""
    return f"popcon.tasks.{stage}.{lane}"


def consumer(stage: str, lane: str) -> str:
    """The durable that hands them out."""
    return f"{stage}-{lane}"


def wake_subject(job_id: str) -> str:
    """Where wake-ups for a job's watchers travel."""
    return f"popcon.events.{job_id}"
