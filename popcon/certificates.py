"""Certificates between the parts of popcon: each shows its own and asks for the other's (mutual TLS)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from popcon import errors


@dataclass(frozen=True)
class Certificates:
    """PEM files: who signs the certificates of all parts, our own, and its key."""

    ca: Path
    cert: Path
    key: Path

    def channel(self) -> grpc.ChannelCredentials:
        """To call with. The files are read once. Raises `InvalidRequest` for a file that cannot be read."""
        return grpc.ssl_channel_credentials(*self._read())

    def server(self) -> grpc.ServerCredentials:
        """To serve with; who shows no certificate is not let in. Files that change are read again, so that new ones
        need no new process. Raises `InvalidRequest` for a file that cannot be read."""
        seen = self._state()

        def fetch() -> Any:
            nonlocal seen
            if (now := self._state()) == seen:
                return None  # as it was
            seen = now
            return self._configuration()

        return grpc.dynamic_ssl_server_credentials(self._configuration(), fetch, require_client_authentication=True)

    def _configuration(self) -> Any:
        ca, key, cert = self._read()
        return grpc.ssl_server_certificate_configuration([(key, cert)], ca)

    def _read(self) -> tuple[bytes, bytes, bytes]:
        try:
            return self.ca.read_bytes(), self.key.read_bytes(), self.cert.read_bytes()
        except OSError as error:
            raise errors.InvalidRequest(
                f"{error.filename} cannot be read ({error.strerror}); see POPCON_RPC_CA_FILE, _CERT_FILE, _KEY_FILE."
            ) from error

    def _state(self) -> tuple[int, ...]:
        try:
            return tuple(path.stat().st_mtime_ns for path in (self.ca, self.cert, self.key))
        except OSError:
            return ()  # being replaced just now


def common_name(context: Any) -> str:
    """Who calls, as the certificate that was shown says; empty where none was."""
    names = context.auth_context().get("x509_common_name", ())
    return names[0].decode(errors="replace") if names else ""
