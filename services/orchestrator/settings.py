"""The orchestrator's settings."""

from pydantic import Field

from popcon.config import BusSettings, GrpcSettings
from services.orchestrator.runs import Timing


class OrchestratorSettings(GrpcSettings, BusSettings):
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

    @property
    def timing(self) -> Timing:
        """Lease and deadlines, as the rules of runs take them."""
        stages = ("startframe", "motion", "matte", "pack", "assemble")
        return Timing(self.lease_s, {stage: getattr(self, f"{stage}_deadline_s") for stage in stages})
