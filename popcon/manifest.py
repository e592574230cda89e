"""The manifest of a run: what an attempt made, written last, so that its presence means that all of it is there."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from popcon import errors
from popcon.storage import Artifact
from popcon.v1 import common_pb2

NAME = "manifest.json"
MEDIA_TYPE = "application/json"


class Output(BaseModel):
    """A file of the run. `name`: its place inside the run, e.g. `frames/0000.png`."""

    model_config = ConfigDict(frozen=True)

    name: str
    key: str
    size: int
    sha256: str
    media_type: str

    @classmethod
    def of(cls, name: str, artifact: Artifact) -> "Output":
        """The output that an artifact is."""
        return cls(
            name=name, key=artifact.key, size=artifact.size, sha256=artifact.sha256, media_type=artifact.media_type
        )

    def to_proto(self) -> common_pb2.Artifact:
        """Its message form."""
        return common_pb2.Artifact(**self.model_dump())


class Manifest(BaseModel):
    """What an attempt made. `backend`, `model` and `seed` say how; `seconds` of work it took."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    run_id: str
    attempt: int
    stage: str
    backend: str
    model: str = ""
    seed: int
    takes: int
    thumbnail: str = ""
    seconds: float
    outputs: tuple[Output, ...]
    details: Mapping[str, Any] = {}

    def output(self, name: str) -> Output:
        """The output with a name. Raises `ArtifactDamaged` when the run has none."""
        found = next((output for output in self.outputs if output.name == name), None)
        if found is None:
            raise errors.ArtifactDamaged(f"Run {self.run_id} has no {name}; make it again.")
        return found


def parse(data: bytes) -> Manifest:
    """A manifest's JSON. Raises `ArtifactDamaged`."""
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        raise errors.ArtifactDamaged(f"A manifest cannot be read; make its run again ({error}).") from error
