"""The orchestrator's settings."""

from pydantic import Field, SecretStr, field_validator

from popcon import errors
from popcon.config import BusSettings, GrpcSettings
from services.orchestrator import database
from services.orchestrator.runs import Timing


class OrchestratorSettings(GrpcSettings, BusSettings):
    database_url: SecretStr = Field(
        SecretStr("sqlite+aiosqlite:///.popcon/popcon.db"),
        description="URL of the state: sqlite+aiosqlite:////folder/popcon.db or postgresql://user:password@host/popcon",
    )
    lease_s: float = Field(15.0, ge=1, description="seconds a worker holds a run without a heartbeat")
    reconcile_s: float = Field(2.0, gt=0, description="seconds between looks for what was lost")
    backlog: int = Field(16, ge=1, description="tasks that wait in JetStream per stage and lane; the rest wait in SQL")
    startframe_deadline_s: float = Field(120.0, gt=0, description="seconds per attempt at a startframe run")
    motion_deadline_s: float = Field(900.0, gt=0, description="seconds per attempt at a motion run")
    matte_deadline_s: float = Field(600.0, gt=0, description="seconds per attempt at a matte run")
    pack_deadline_s: float = Field(120.0, gt=0, description="seconds per attempt at a pack run")
    assemble_deadline_s: float = Field(120.0, gt=0, description="seconds per attempt at a set")

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, url: SecretStr) -> SecretStr:
        try:
            database.parse_url(url.get_secret_value())
        except errors.InvalidRequest as error:
            raise ValueError(error.message) from None
        return url

    @property
    def timing(self) -> Timing:
        """Lease and deadlines, as the rules of runs take them."""
        stages = ("startframe", "motion", "matte", "pack", "assemble")
        return Timing(self.lease_s, {stage: getattr(self, f"{stage}_deadline_s") for stage in stages})
