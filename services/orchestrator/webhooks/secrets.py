"""The secrets of webhooks: derived from the orchestrator's own and a salt, so that none is kept.

Whoever reads the database can sign nothing, and whoever sends deliveries gets them signed.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from popcon import errors
from services.orchestrator.database import Row

PREFIX = "whsec_"
_VERSION = "v1"


def new_salt() -> str:
    """What tells a webhook's secrets apart."""
    return secrets.token_hex(16)


class Secrets:
    """Secrets of webhooks under `key`, which must stay the same for as long as they are used."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def tell(self, webhook_id: str, salt: str) -> str:
        """A secret, as Standard Webhooks writes it. Raises `Unavailable` where the orchestrator has none itself."""
        return PREFIX + base64.b64encode(self._derive(webhook_id, salt)).decode()

    def sign(self, webhook_id: str, salts: Sequence[Row], about: str, timestamp: int, body: str) -> str:
        """The value of `webhook-signature`: one signature for each of the salts. `about`: what `webhook-id` says."""
        said = f"{about}.{timestamp}.{body}".encode()
        digests = [hmac.digest(self._derive(webhook_id, each["salt"]), said, "sha256") for each in salts]
        return " ".join(f"{_VERSION},{base64.b64encode(digest).decode()}" for digest in digests)

    def _derive(self, webhook_id: str, salt: str) -> bytes:
        if not self._key:
            raise errors.Unavailable("The orchestrator has no POPCON_KEY_SECRET, so there can be no webhooks; set it.")
        # No digest of an API key is made of a text with lines.
        return hmac.digest(self._key, f"webhook\n{webhook_id}\n{salt}".encode(), hashlib.sha256)
