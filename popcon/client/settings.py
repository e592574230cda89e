"""Where the gateway is, and the key to it."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from popcon.config import Settings


class ClientSettings(Settings):
    """What a client is not told in its program."""

    # An empty POPCON_URL means the same as none.
    model_config = SettingsConfigDict(env_ignore_empty=True)

    url: str = Field("http://127.0.0.1:8400", description="URL of the gateway that programs talk to")
    key: SecretStr = Field(SecretStr(""), description="API key that programs show, where the gateway wants one")
