"""The orchestrator's settings."""

from pydantic import Field, ValidationInfo, field_validator

from popcon.config import BusSettings, GrpcSettings, StoreSettings
from services.orchestrator.runs import Timing
from services.orchestrator.sweeping.tools import Ages

DAY_S = 86_400
_STAGES = ("startframe", "motion", "matte", "pack", "assemble")


class OrchestratorSettings(GrpcSettings, BusSettings, StoreSettings):
    database_url: str = Field(
        "sqlite+aiosqlite:///.popcon/popcon.db", description="SQLAlchemy URL of the state: SQLite or PostgreSQL"
    )
    lease_s: float = Field(15.0, ge=1, description="seconds a worker holds a run without a heartbeat")
    reconcile_s: float = Field(2.0, gt=0, description="seconds between looks for what was lost")
    backlog: int = Field(16, ge=1, description="tasks that wait in JetStream per stage and lane; the rest wait in SQL")
    startframe_deadline_s: float = Field(120.0, gt=0, description="seconds per attempt at a startframe run")
    motion_deadline_s: float = Field(900.0, gt=0, description="seconds per attempt at a motion run")
    matte_deadline_s: float = Field(600.0, gt=0, description="seconds per attempt at a matte run")
    pack_deadline_s: float = Field(120.0, gt=0, description="seconds per attempt at a pack run")
    assemble_deadline_s: float = Field(120.0, gt=0, description="seconds per attempt at a set")
    sweep_s: float = Field(60.0, gt=0, description="seconds between looks for what may be removed from the store")
    sweep_age_s: float = Field(
        21_600.0,
        description="seconds that files of lost or failed attempts stay after their run ended; "
        "more than lease and deadline of every stage together",
    )
    picture_days: float = Field(7.0, ge=0.05, description="days that an uploaded picture is kept while no job uses it")
    retention_days: float = Field(
        0.0, ge=0, description="days after its making that a job at rest is deleted, as if by a person; 0 keeps all"
    )

    @field_validator("sweep_age_s")
    @classmethod
    def _outlives_attempts(cls, age_s: float, about: ValidationInfo) -> float:
        least = about.data.get("lease_s", 0.0) + max(about.data.get(f"{stage}_deadline_s", 0.0) for stage in _STAGES)
        if age_s <= least:
            raise ValueError(f"An attempt may write for {least:g} s; take more than that")
        return age_s

    @property
    def timing(self) -> Timing:
        """Lease and deadlines, as the rules of runs take them."""
        return Timing(self.lease_s, {stage: getattr(self, f"{stage}_deadline_s") for stage in _STAGES})

    @property
    def ages(self) -> Ages:
        """How old what may be removed must be."""
        return Ages(
            leftovers_ms=int(self.sweep_age_s * 1000),
            pictures_ms=int(self.picture_days * DAY_S * 1000),
            jobs_ms=int(self.retention_days * DAY_S * 1000),
        )
