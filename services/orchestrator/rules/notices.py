"""What webhooks are told of: which events, as what type, and with which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.orchestrator.rules.action import State
from services.orchestrator.rules.jobs import JobState

JOB_FINISHED = "job.finished"
SET_READY = "set.ready"
_ACTION_TYPES = {
    State.AWAITING_REVIEW: "action.awaiting_review",
    State.DONE: "action.done",
    State.FAILED: "action.failed",
}
TYPES = (JOB_FINISHED, *_ACTION_TYPES.values(), SET_READY)
"""What an endpoint may ask to be told."""

VERIFY = "endpoint.verify"
"""What every endpoint is asked, to find out whether it wants to be told anything."""

_ENDED = frozenset({JobState.DONE, JobState.PARTIAL, JobState.FAILED, JobState.CANCELLED})
_AT_REST = frozenset({*_ACTION_TYPES, State.CANCELLED})
_MADE = frozenset({"complete", "incomplete"})

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Notice:
    """A type, and ids and states of what it is about."""

    type: str
    data: dict[str, Any]


def may_matter(event: Event) -> bool:
    """Whether somebody may have to be told because of an event."""
    state = event["data"].get("state")
    return (event["type"] == "action.changed" and state in _AT_REST) or _is_set(event)


def of_event(job_id: str, event: Event) -> Notice | None:
    """What to tell of an event itself; None for nothing."""
    if _is_set(event):
        return _of_set(job_id, event)
    data = event["data"]
    if event["type"] != "action.changed" or data["state"] == data["was"] or data["state"] not in _ACTION_TYPES:
        return None
    action_id = event["action_id"]
    about = {"job_id": job_id, "action_id": action_id, "state": data["state"], "stage": event["stage"]}
    return Notice(_ACTION_TYPES[data["state"]], {**about, "url": f"/v1/jobs/{job_id}/actions/{action_id}"})


def of_job(job_id: str, before: str, after: str) -> Notice | None:
    """What to tell of a job that was in one state and now is in another; None for nothing."""
    if before in _ENDED or after not in _ENDED:
        return None
    return Notice(JOB_FINISHED, {"job_id": job_id, "state": after, "url": f"/v1/jobs/{job_id}"})


def _of_set(job_id: str, event: Event) -> Notice:
    about = {"job_id": job_id, "target": event["target"], "number": event["run"], "state": event["data"]["state"]}
    return Notice(SET_READY, {**about, "url": f"/v1/jobs/{job_id}/sets/{event['target']}"})


def _is_set(event: Event) -> bool:
    return event["type"] == "set.changed" and event["data"].get("state") in _MADE
