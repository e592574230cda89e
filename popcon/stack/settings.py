"""Where popcon keeps its data on this machine, and which NATS it uses."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from popcon.config import Settings


class StackSettings(Settings):
    """Settings of the stack itself; its services read their own."""

    # An empty XDG_DATA_HOME means the same as none.
    model_config = SettingsConfigDict(env_ignore_empty=True)

    data: Path | None = Field(None, description="data folder; popcon in the user's data folder where none is given")
    xdg_data_home: Path = Field(
        Path("~/.local/share"), validation_alias="XDG_DATA_HOME", description="the user's data folder"
    )

    nats_url: str = Field("", description="URL of a NATS that is there already; one is started where none is given")

    @property
    def env(self) -> dict[str, str]:
        """What the stack has to be told, as its `env`."""
        return {"POPCON_NATS_URL": self.nats_url} if self.nats_url else {}

    @property
    def folder(self) -> Path:
        """The data folder, absolute."""
        return (self.data or self.xdg_data_home / "popcon").expanduser().absolute()
