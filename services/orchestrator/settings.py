"""The orchestrator's settings."""

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from popcon import errors
from popcon.config import BusSettings, GrpcSettings, StoreSettings, WebhookSettings
from services.orchestrator import database
from services.orchestrator.rules.admission import Limits
from services.orchestrator.rules.quota import Quota
from services.orchestrator.runs import Timing
from services.orchestrator.sweeping.tools import Ages

DAY_S = 86_400
_STAGES = ("startframe", "motion", "matte", "pack", "assemble")


class OrchestratorSettings(GrpcSettings, BusSettings, StoreSettings, WebhookSettings):
    database_url: SecretStr = Field(
        SecretStr("sqlite+aiosqlite:///.popcon/popcon.db"),
        description="URL of the state: sqlite+aiosqlite:////folder/popcon.db or postgresql://user:password@host/popcon",
    )
    key_secret: SecretStr = Field(
        SecretStr(""),
        description="what digests of API keys and secrets of webhooks are made with, at least 32 characters; when it "
        "changes every key ends and every secret is another, and where it is empty there are neither",
    )
    lease_s: float = Field(15.0, ge=1, description="seconds a worker holds a run without a heartbeat")
    reconcile_s: float = Field(2.0, gt=0, description="seconds between looks for what was lost")
    backlog: int = Field(16, ge=1, description="tasks that wait in JetStream per stage and lane; the rest wait in SQL")
    # A person with a machine of their own is never refused with these. Where many share a cluster, set the limit of the
    # interactive lane to what a person would really wait.
    queue_limit: int = Field(
        20_000, ge=1, description="runs that may wait per lane; a call that begins more is refused"
    )
    owner_queue_limit: int = Field(5_000, ge=1, description="runs of one owner that may wait per lane")
    owner_requests_per_s: float = Field(
        0.0, ge=0, le=10_000, description="requests per second of one owner with a key, over ten seconds; 0: any number"
    )
    owner_jobs_in_flight: int = Field(
        0, ge=0, description="jobs of one owner of which a run is queued or running; 0: any number"
    )
    owner_worker_seconds_per_day: float = Field(
        0.0, ge=0, description="worker seconds of one owner within 24 hours; 0: any number"
    )
    owner_stored_bytes: int = Field(
        0, ge=0, description="bytes of pictures and of what runs made, of one owner; 0: any number"
    )
    wait_limit_interactive_s: float = Field(
        6 * 3600.0, gt=0, description="seconds that new interactive work may have to wait for its turn"
    )
    wait_limit_batch_s: float = Field(
        24 * 3600.0, gt=0, description="seconds that new batch work may have to wait for its turn"
    )
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

    @field_validator("key_secret")
    @classmethod
    def _is_long(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < 32:
            raise ValueError("is too short to be a secret; make one with: openssl rand -hex 32")
        return secret

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, url: SecretStr) -> SecretStr:
        try:
            database.parse_url(url.get_secret_value())
        except errors.InvalidRequest as error:
            raise ValueError(error.message) from None
        return url

    @property
    def limits(self) -> Limits:
        """How much may wait, as the rules of admission take it."""
        waits = {"interactive": self.wait_limit_interactive_s, "batch": self.wait_limit_batch_s}
        return Limits(self.queue_limit, self.owner_queue_limit, waits)

    @property
    def quota(self) -> Quota:
        """Limits of an owner without exceptions."""
        return Quota(
            self.owner_requests_per_s,
            self.owner_jobs_in_flight,
            self.owner_worker_seconds_per_day,
            self.owner_stored_bytes,
        )

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
