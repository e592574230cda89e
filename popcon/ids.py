"""Ids: a prefix that says what it names, and a UUIDv7, so that ids sort by time of making."""

from uuid_utils import uuid7

PICTURE = "pic_"
JOB = "job_"
ACTION = "act_"
RUN = "run_"
EDIT = "edit_"
AUDIT = "aud_"
KEY = "key_"
WEBHOOK = "hook_"
DELIVERY = "msg_"


def new(prefix: str) -> str:
    """A new id, e.g. `job_0199…` (prefix and 32 hex digits)."""
    return prefix + uuid7().hex


def since(prefix: str, ms: int) -> str:
    """Not above any id made at or after a time. `ms`: milliseconds since 1970."""
    return f"{prefix}{ms:012x}"
