"""Settings of every service that works on runs."""

from pydantic import Field

from popcon.config import BusSettings, GrpcSettings, StoreSettings


class WorkerSettings(GrpcSettings, BusSettings, StoreSettings):
    orchestrator: str = Field("127.0.0.1:8410", description="host:port of the orchestrator's gRPC")
    slots: int = Field(1, ge=1, le=64, description="runs worked on at the same time")
