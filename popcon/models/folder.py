"""Where the weights of known models lie on this machine."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from popcon.catalog.models import Model
from popcon.errors import ArtifactDamaged, WeightsUnusable
from popcon.models import digest


class ModelSettings(BaseSettings):
    """Where weights lie and come from. No service's settings: the models of a machine serve all of them."""

    model_config = SettingsConfigDict(env_prefix="POPCON_", frozen=True, extra="ignore", env_ignore_empty=True)

    models_dir: Path | None = Field(None, description="folder of weights; popcon/models in the user's data folder")
    xdg_data_home: Path = Field(
        Path("~/.local/share"), validation_alias="XDG_DATA_HOME", description="the user's data folder"
    )
    hub: str = Field("https://huggingface.co", validation_alias="HF_ENDPOINT", description="the hub or a mirror of it")

    @property
    def root(self) -> Path:
        """The folder of weights, absolute."""
        return (self.models_dir or self.xdg_data_home / "popcon" / "models").expanduser().absolute()


class ModelFolder:
    """`<root>/<name>/<revision>/<file>`: a file under its own name is whole and was checked when it was put there."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, model: Model) -> Path:
        """Where a model's file lies or would lie."""
        return self.root / model.name / model.revision / model.file

    def has(self, model: Model) -> bool:
        """Whether a model was pulled."""
        return self.path(model).is_file()

    def get(self, model: Model) -> Path:
        """A model's file. Raises `WeightsUnusable`, naming the command that brings it, where it is not here."""
        if not self.has(model):
            raise WeightsUnusable(
                f"The weights of {model.name} are not on this machine; run: popcon models pull {model.name}"
            )
        return self.path(model)

    def verify(self, model: Model) -> Path:
        """A model's file, read and compared. Raises `WeightsUnusable` as `get`, and `ArtifactDamaged`."""
        path = self.get(model)
        found = digest.sha256(path)
        if found != model.sha256:
            raise ArtifactDamaged(
                f"{path} is not the pinned file (SHA-256 {found}, not {model.sha256}); "
                f"run: popcon models pull {model.name}"
            )
        return path


def user_folder() -> ModelFolder:
    """The folder that the settings name."""
    return ModelFolder(ModelSettings().root)
