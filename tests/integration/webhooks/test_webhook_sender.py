"""One attempt at a delivery, at real endpoints: what is sent, where it may go, and how long an answer is waited for."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest

from popcon.v1 import webhooks_pb2 as pb
from services.webhooks import sender as sending
from services.webhooks.network import Network
from services.webhooks.sender import Outcome, Sender
from tests.fixtures.certificates import Authority
from tests.fixtures.receiver import Receiver, receiver

NOT_PUBLIC = "The name of the endpoint leads to an address that is not public."
BODY = '{"type":"job.finished"}'


def a_delivery(url: str) -> pb.SignedDelivery:
    return pb.SignedDelivery(
        id="msg_1", webhook_id="hook_1", attempt=1, url=url, body=BODY, timestamp=1_795_000_000, signature="v1,abc="
    )


async def send(
    url: str, network: Network | None = None, tls: ssl.SSLContext | None = None, *, allow_http: bool = True
) -> Outcome:
    """An attempt from a sender that may ask private addresses, unless it is given another network."""
    network = network or Network(allow_private=True)
    async with Sender(network, tls or httpx.create_ssl_context(), allow_http=allow_http) as sender:
        return await sender.send(a_delivery(url))


@pytest.fixture
async def endpoint() -> AsyncIterator[Receiver]:
    async with receiver() as found:
        yield found


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
async def encrypted(authority: Authority) -> AsyncIterator[Receiver]:
    signed = authority.sign("endpoint")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(signed.cert, signed.key)
    async with receiver(tls) as found:
        yield found


def trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority.cert))


async def test_a_delivery_is_a_post_with_the_headers_of_standard_webhooks(endpoint: Receiver) -> None:
    assert await send(endpoint.url("/a?b=c")) == Outcome(status=204)
    (request,) = endpoint.requests
    assert (request.path, request.body) == ("/a?b=c", BODY.encode())
    told = {name: request.headers[name] for name in request.headers if name.startswith(("webhook-", "content-"))}
    assert told == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1795000000",
        "webhook-signature": "v1,abc=",
        "content-type": "application/json",
        "content-length": str(len(BODY)),
    }
    assert request.headers["host"] == f"127.0.0.1:{endpoint.port}"
    assert request.headers["user-agent"].startswith("popcon/")


async def test_redirects_are_not_followed(endpoint: Receiver) -> None:
    endpoint.says(302, headers={"location": endpoint.url("/elsewhere")})
    assert await send(endpoint.url()) == Outcome(status=302)
    assert [request.path for request in endpoint.requests] == ["/hook"]


async def test_proxies_of_the_environment_are_not_asked(endpoint: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        assert (await send(endpoint.url())).status == 204
        assert not proxy.connections


HOSTS = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]", "[::]"]


@pytest.mark.parametrize("host", HOSTS)
async def test_whatever_a_private_address_is_called_it_is_not_connected_to(endpoint: Receiver, host: str) -> None:
    network = Network(allow_private=False)
    assert (await send(endpoint.url(host=host), network)).error == NOT_PUBLIC
    assert not endpoint.connections


async def test_what_is_no_https_is_not_sent_unless_that_is_allowed(endpoint: Receiver) -> None:
    assert await send(endpoint.url(), allow_http=False) == Outcome(error="Endpoints must be https.")
    assert not endpoint.connections


class Names:
    """A resolver whose answers change from one look-up to the next."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self._answers.pop(0)


class Wire(httpcore.AsyncNetworkBackend):
    """Notes what was to be connected to, and connects to nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self.asked.append(host)
        raise httpcore.ConnectError("no")


async def test_a_name_that_leads_elsewhere_the_second_time_is_asked_for_once(endpoint: Receiver) -> None:
    names, wire = Names(["8.8.8.8"], ["127.0.0.1"]), Wire()
    outcome = await send(endpoint.url(host="rebind.example"), Network(allow_private=False, resolve=names, inner=wire))
    assert outcome.error == "The endpoint could not be connected to."
    assert (names.asked, wire.asked) == (1, ["8.8.8.8"])
    assert not endpoint.connections


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["2606:4700::1", "::ffff:169.254.169.254"]])
async def test_a_name_with_one_private_address_among_others_is_refused(found: list[str]) -> None:
    wire = Wire()
    network = Network(allow_private=False, resolve=Names(found), inner=wire)
    assert (await send("https://mixed.example/", network)).error == NOT_PUBLIC
    assert not wire.asked


async def test_each_public_address_of_a_name_is_tried() -> None:
    wire = Wire()
    names = Names(["2606:4700:4700::1111", "1.1.1.1"])
    await send("https://two.example/", Network(allow_private=False, resolve=names, inner=wire))
    assert wire.asked == ["2606:4700:4700::1111", "1.1.1.1"]


@pytest.mark.parametrize("host", ["name.invalid", "a" * 64 + ".invalid"])
async def test_a_name_that_leads_nowhere_is_told(host: str) -> None:
    assert (await send(f"https://{host}/")).error == "The name of the endpoint cannot be resolved."


async def test_over_tls_the_certificate_must_be_of_the_name_in_the_url(
    encrypted: Receiver, authority: Authority, tmp_path: Path
) -> None:
    tls = trusting(authority)
    assert (await send(encrypted.url(), tls=tls)).status == 204
    # The same address, by a name that it has no certificate for.
    other = await send(encrypted.url(host="localhost"), tls=tls)
    assert "certificate is not good" in other.error
    assert "localhost" in other.error
    unknown = await send(encrypted.url(), tls=trusting(Authority(tmp_path, "stranger")))
    assert "certificate is not good" in unknown.error
    assert len(encrypted.requests) == 1


async def test_an_endpoint_that_says_nothing_is_left_after_its_time(
    endpoint: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIME_S", 0.2)
    endpoint.answers = [None]
    assert "did not answer within" in (await send(endpoint.url())).error
    assert len(endpoint.requests) == 1


async def test_an_answer_without_an_end_is_left_once_enough_of_it_was_read(endpoint: Receiver) -> None:
    endless = {"content-length": str(10**12)}
    endpoint.answers = [(200, endless, b"x" * 4_000_000)]
    assert (await send(endpoint.url())).status == 200


async def answer_of(said: bytes, scheme: str) -> Outcome:
    """An attempt at what says the same to everybody, whatever they say."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.write_eof()
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        return await send(f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/")


@pytest.mark.parametrize("said", [b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc"])
async def test_what_is_no_whole_answer_is_a_failure(said: bytes) -> None:
    outcome = await answer_of(said, "http")
    assert (outcome.status, outcome.error) == (0, "The endpoint broke the connection off, or did not speak HTTP.")


async def test_what_is_no_tls_at_all_is_told() -> None:
    outcome = await answer_of(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "https")
    assert (outcome.status, outcome.error) == (0, "The endpoint does not speak TLS as we do.")


LATER = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("120", 120, 120),
        (LATER, 3_600, 7_200),
        ("999999999999999", 86_400, 86_400),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        *((text, 0, 0) for text in ("-5", "soon", "", "1e3", "²")),
    ],
)
async def test_how_long_an_endpoint_asks_us_to_wait(endpoint: Receiver, said: str, least: int, most: int) -> None:
    endpoint.says(503, headers={"retry-after": said})
    outcome = await send(endpoint.url())
    assert outcome.status == 503
    assert least <= outcome.retry_after_s <= most
