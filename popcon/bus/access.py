"""How popcon gets into NATS: certificates and credentials, as the client's options. No secret leaves this module but
to the client."""

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nkeys
from pydantic import SecretStr

from popcon import errors
from popcon.config import BusSettings

_NONE = SecretStr("")
_JWT = re.compile(rb"BEGIN NATS USER JWT[^\n]*\n\S+\n")
_SEED = re.compile(rb"BEGIN USER NKEY SEED[^\n]*\n(\S+)\n")


@dataclass(frozen=True)
class Access:
    """Paths of PEM files, and a credentials file of NATS, a user's name with a password, or a token; empty for none."""

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    credentials_file: str = ""
    user: str = ""
    password: SecretStr = field(default=_NONE, repr=False)
    token: SecretStr = field(default=_NONE, repr=False)

    @classmethod
    def of(cls, settings: BusSettings) -> "Access":
        """What the settings say."""
        return cls(
            settings.nats_ca_file,
            settings.nats_cert_file,
            settings.nats_key_file,
            settings.nats_credentials_file,
            settings.nats_user,
            settings.nats_password,
            settings.nats_token,
        )

    def needs_tls(self, urls: list[str]) -> bool:
        """Whether nothing may be said in the clear."""
        return bool(self.ca_file or self.cert_file) or any(url.startswith("tls://") for url in urls)

    def options(self, *, tls: bool) -> dict[str, Any]:
        """The client's options. Raises `InvalidRequest` when a file cannot be used."""
        options: dict[str, Any] = {"tls": self._context()} if tls else {}
        if self.credentials_file:
            _check_credentials(self.credentials_file)
            options["user_credentials"] = self.credentials_file
        if self.user:
            options |= {"user": self.user, "password": self.password.get_secret_value()}
        if self.token.get_secret_value():
            options["token"] = self.token.get_secret_value()
        return options

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
        except OSError as error:  # ssl's own errors are of this kind, too
            raise _unusable("nats_ca_file", self.ca_file, error) from error
        if self.cert_file:
            try:
                context.load_cert_chain(self.cert_file, self.key_file)
            except OSError as error:
                raise _unusable("nats_cert_file", f"{self.cert_file} or {self.key_file}", error) from error
        return context


def _check_credentials(path: str) -> None:
    """The client reads the file again whenever it connects, and would look for a missing part for ever."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise _unusable("nats_credentials_file", path, error) from error
    seed = _SEED.search(data)
    try:
        if not (_JWT.search(data) and seed):
            raise ValueError("a part is missing")
        nkeys.from_seed(bytearray(seed[1])).wipe()
    except (ValueError, nkeys.NkeysError) as error:
        # Not `from error`: what the library says may hold what it read.
        raise errors.InvalidRequest(
            f"{path} is no credentials file of NATS ({type(error).__name__}); POPCON_NATS_CREDENTIALS_FILE must name "
            "one with a user's JWT and seed, as `nsc generate creds` writes it.",
            field="nats_credentials_file",
        ) from None


def _unusable(field_name: str, path: str, error: OSError) -> errors.InvalidRequest:
    reason = error.strerror or str(error)
    return errors.InvalidRequest(
        f"{path} cannot be used for the connection to NATS ({reason}); check POPCON_{field_name.upper()}.",
        field=field_name,
    )
