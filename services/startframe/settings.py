"""The startframe service's settings."""

from pydantic import Field

from popcon.jail import Jail, Limits
from popcon.worker.settings import WorkerSettings


class StartFrameSettings(WorkerSettings):
    decodes: int = Field(2, ge=1, le=16, description="uploaded pictures decoded at the same time")
    decode_mb: int = Field(4_000, ge=500, description="megabytes of memory that reading one of them may take")
    decode_s: int = Field(40, ge=5, description="seconds of a processor that reading one of them may take")

    @property
    def jail(self) -> Jail:
        """Where uploaded pictures are read."""
        return Jail(Limits(self.decode_mb * 1_000_000, self.decode_s), ["services.startframe.cutting"])
