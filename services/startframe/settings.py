"""The startframe service's settings."""

from pydantic import Field

from popcon.worker.settings import WorkerSettings


class StartFrameSettings(WorkerSettings):
    decodes: int = Field(2, ge=1, le=16, description="uploaded pictures decoded at the same time")
