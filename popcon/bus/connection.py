"""One connection to NATS: opened in patience, kept for ever, watched.

A server that is away is waited for. One that is there and refuses us (a certificate that does not hold, credentials
that it does not know) is a fault of the settings and said so at once.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Iterator

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import SecureConnRequiredError
from nats.js import JetStreamContext
from nats.js.errors import APIError

from popcon import errors
from popcon.bus.access import Access
from popcon.telemetry import log

CALL_S = 5.0
RECONNECT_WAIT_S = 1
_CLOSE_S = 1.0
_REFUSALS = ("authorization", "authentication", "permissions violation")


class Connection:
    """A connection by the URLs of one cluster, with commas between. Calls made while it is away raise `Unavailable`."""

    def __init__(self, url: str, name: str, access: Access) -> None:
        self._urls = [each.strip() for each in url.split(",")]
        self._name = name
        self._access = access
        self._tls = access.needs_tls(self._urls)
        self.client: Client = _CarefulClient() if self._tls else Client()
        self.js: JetStreamContext = self.client.jetstream(timeout=CALL_S)
        self._opening = self._opened = self._closing = False
        self._said = ""
        self._away_since: float | None = None
        self._lost = asyncio.Event()

    async def open(self) -> None:
        """Connects, waiting for a server that is not there yet.

        Raises `Forbidden` when a server refuses us, `InvalidRequest` when a file of ours cannot be used.
        """
        options = self._access.options(tls=self._tls)
        self._opening = self._opened = True
        try:
            await self.client.connect(
                self._urls,
                name=self._name,
                max_reconnect_attempts=-1,
                reconnect_time_wait=RECONNECT_WAIT_S,
                connect_timeout=2,
                ping_interval=5,  # a frozen server is noticed in about 15 s, not in minutes
                no_echo=True,  # who wakes others is awake
                error_cb=self._on_error,
                disconnected_cb=self._on_away,
                reconnected_cb=self._on_back,
                closed_cb=self._on_closed,
                **options,
            )
        finally:
            self._opening = False

    @property
    def connected(self) -> bool:
        return bool(self.client.is_connected)

    def require(self) -> None:
        """Raises `Unavailable` while the server is away."""
        # The client would hold the call back and send it when it is connected again, long after its caller gave up;
        # before its first connection it would wait for the answer on a subscription that the server never hears of.
        if not self.connected:
            raise errors.Unavailable("NATS is away; try again in a moment.")

    def trouble(self, patience_s: float) -> str:
        """Why it is not to be trusted any more: away for over `patience_s` seconds, or closed. Empty while it is."""
        if self._lost.is_set():
            return "NATS closed the connection for good"
        away_s = 0.0 if self._away_since is None else time.monotonic() - self._away_since
        return f"NATS has been away for {away_s:.0f} s" if away_s > patience_s else ""

    async def lost(self) -> str:
        """Waits for as long as the connection can still come back, and answers why it cannot."""
        await self._lost.wait()
        return "NATS closed the connection for good (credentials that ended, or a limit of the server)"

    async def close(self) -> None:
        """Sends what was published and closes."""
        self._closing = True
        if not self._opened:
            return  # the client cannot close what it never began
        if self.client.is_connected:
            with contextlib.suppress(NatsError, TimeoutError):
                await self.client.flush(timeout=2)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):  # after a handshake that failed the client waits for ever
                await self.client.close()

    async def _on_error(self, error: Exception) -> None:
        reason = _refusal(error)
        if not reason:
            log.debug("nats", error=str(error))
            return
        if self._opening:
            raise errors.Forbidden(f"NATS refuses us: {reason}.")
        if reason != self._said:
            log.warning("NATS refuses us", reason=reason)
            self._said = reason

    async def _on_away(self) -> None:
        if self._away_since is None and not self._closing:
            log.warning("NATS is away")
            self._away_since = time.monotonic()

    async def _on_back(self) -> None:
        log.info("NATS is back")
        self._away_since, self._said = None, ""

    async def _on_closed(self) -> None:
        if not self._closing:
            self._lost.set()


class _CarefulClient(Client):
    """Says nothing in the clear. The library's own encrypts only when the server asks for it, whatever the URL says:
    whoever sits in between would be sent the credentials."""

    def _connect_command(self) -> bytes:
        if not self._server_info.get("tls_required"):
            raise SecureConnRequiredError
        return super()._connect_command()


@contextlib.contextmanager
def translated(doing: str) -> Iterator[None]:
    """Makes the library's failures `Unavailable`, with what could not be done."""
    try:
        yield
    except (NatsError, TimeoutError) as error:
        raise errors.Unavailable(f"{doing}: {say(error)}.") from error


def say(error: Exception) -> str:
    """A failure of the library in words; the server's own, with its code, where there are some."""
    if isinstance(error, APIError) and error.description:
        return f"{error.description} ({error.err_code})"
    return repr(error)


def _refusal(error: Exception) -> str:
    """Why a server that is there does not serve us, and what to check; empty for every other error."""
    if isinstance(error, SecureConnRequiredError):
        return "the server offers no TLS and the settings ask for it; check POPCON_NATS_URL and the server's tls block"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold ({error.verify_message}); check POPCON_NATS_CA_FILE and the host's name"
    if isinstance(error, ssl.SSLError):
        return f"TLS fails ({error.reason}); check POPCON_NATS_CERT_FILE and POPCON_NATS_KEY_FILE"
    said = str(error).removeprefix("nats: ").strip("'")
    if any(word in said.lower() for word in _REFUSALS):
        return f"{said}; check POPCON_NATS_CREDENTIALS_FILE, POPCON_NATS_USER and _PASSWORD, or POPCON_NATS_TOKEN"
    return ""
