"""What an owner used, has, and may have."""

from datetime import date, datetime

from pydantic import ConfigDict, Field

from popcon.rest.common import CREATED, Answer, Stage, example

_STAGE = {"day": "2026-11-23", "stage": "motion", "runs": 8, "useful_seconds": 61.5, "wasted_seconds": 0.0}
_LIMITS = {"requests_per_s": 5.0, "jobs_in_flight": 20, "worker_seconds_per_day": None, "stored_bytes": None}


class StageUsage(Answer):
    """What one stage took on one day."""

    model_config = ConfigDict(json_schema_extra=example(_STAGE))

    day: date = Field(description="UTC")
    stage: Stage
    runs: int = Field(description="runs that succeeded")
    useful_seconds: float = Field(description="worker seconds that results took")
    wasted_seconds: float = Field(description="worker seconds of attempts that came to nothing")


class OwnerLimits(Answer):
    """What an owner may have and use; null where there is no limit."""

    model_config = ConfigDict(json_schema_extra=example(_LIMITS))

    requests_per_s: float | None = Field(description="requests per second, over ten seconds")
    jobs_in_flight: int | None = Field(description="jobs of which a run is queued or running")
    worker_seconds_per_day: float | None = Field(description="worker seconds within 24 hours")
    stored_bytes: int | None = Field(description="bytes of pictures and of what runs made")


class Usage(Answer):
    """What an owner used on some days, and has now."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "first_day": "2026-10-25",
                "last_day": "2026-11-23",
                "stages": [_STAGE],
                "stored_bytes": 48_211_040,
                "jobs_in_flight": 1,
                "worker_seconds_lately": 61.5,
                "limits": _LIMITS,
                "at": CREATED,
            }
        )
    )

    first_day: date = Field(description="UTC")
    last_day: date = Field(description="UTC")
    stages: list[StageUsage] = Field(description="by day and stage, oldest first; those without any are left out")
    stored_bytes: int = Field(description="bytes of pictures and of what runs made")
    jobs_in_flight: int = Field(description="jobs of which a run is queued or running")
    worker_seconds_lately: float = Field(description="worker seconds within the last 24 hours")
    limits: OwnerLimits
    at: datetime = Field(description="when this was looked at")
