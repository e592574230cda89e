"""TLS and credentials: who may not come in is told so at once and why; nothing secret is said to anybody else."""

import asyncio
import dataclasses
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from popcon import errors
from popcon.bus import Access, Bus
from tests.fixtures.certificates import Authority, Operator, Signed
from tests.fixtures.nats import NatsServer, running
from tests.integration.bus.conftest import a_task, opened

PASSWORD = "correct-horse"
USER = Access(user="popcon", password=SecretStr(PASSWORD))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def ours(authority: Authority) -> Signed:
    return authority.sign("popcon")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[NatsServer]:
    """A server that encrypts, asks for a certificate, and knows one user."""
    shown = authority.sign("server")
    config = (
        f'tls {{\n  cert_file: "{shown.cert}"\n  key_file: "{shown.key}"\n  ca_file: "{authority.cert}"\n'
        f'  verify: true\n}}\nauthorization {{\n  user: popcon\n  password: "{PASSWORD}"\n}}'
    )
    server = NatsServer(tmp_path_factory.mktemp("strict"), config)
    asyncio.run(server.start())
    yield server
    server.kill()


@pytest.fixture
def allowed(authority: Authority, ours: Signed) -> Access:
    """All that the strict server asks for."""
    files = {"ca_file": f"{authority.cert}", "cert_file": f"{ours.cert}", "key_file": f"{ours.key}"}
    return dataclasses.replace(USER, **files)  # type: ignore[arg-type]


@pytest.fixture
async def with_operator(tmp_path: Path) -> AsyncIterator[tuple[NatsServer, Operator]]:
    """A server that knows users by their credentials files."""
    operator = Operator()
    async with running(tmp_path / "nats", operator.config()) as server:
        yield server, operator


def tls(server: NatsServer) -> str:
    return server.url.replace("nats://", "tls://")


async def works(url: str, access: Access) -> None:
    async with opened(url, access=access) as bus:
        await bus.provision()
        await bus.publish_task(a_task(), "1", {})
        assert (await bus.pending())["matte", "batch"] == 1


async def is_refused(url: str, access: Access, match: str) -> None:
    """It is told within the time that one server takes to say so, and whatever is secret is not in it."""
    bus = Bus(url, "test", access)
    with capture_logs() as logs, pytest.raises(errors.Forbidden, match=match) as caught:
        await asyncio.wait_for(bus.open(), 10)
    await bus.close()
    for secret in (access.password, access.token):
        assert not secret.get_secret_value() or secret.get_secret_value() not in f"{caught.value} {logs}"


@pytest.mark.parametrize("url", [tls, lambda server: server.url], ids=["tls url", "certificates alone"])
async def test_with_certificate_and_password_tasks_travel_encrypted(
    strict: NatsServer, allowed: Access, url: "type[object]"
) -> None:
    await works(url(strict), allowed)  # type: ignore[call-arg,arg-type]


async def test_a_server_whose_certificate_somebody_else_signed_is_refused(
    strict: NatsServer, allowed: Access, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other")
    wrong = dataclasses.replace(allowed, ca_file=f"{other.cert}")
    await is_refused(tls(strict), wrong, "certificate does not hold.*POPCON_NATS_CA_FILE")


async def test_without_the_authority_only_the_systems_are_trusted(strict: NatsServer, allowed: Access) -> None:
    await is_refused(tls(strict), dataclasses.replace(allowed, ca_file=""), "POPCON_NATS_CA_FILE")


async def test_without_a_certificate_of_ours_the_server_refuses(strict: NatsServer, allowed: Access) -> None:
    bare = dataclasses.replace(allowed, cert_file="", key_file="")
    await is_refused(tls(strict), bare, "POPCON_NATS_CERT_FILE")


async def test_credentials_are_never_sent_in_the_clear(nats_server: NatsServer, allowed: Access) -> None:
    """The library would: it encrypts only when the server asks for it."""
    await is_refused(tls(nats_server), allowed, "offers no TLS")
    await is_refused(nats_server.url, allowed, "offers no TLS")


@pytest.mark.parametrize(
    "known",
    [Access(), dataclasses.replace(USER, password=SecretStr("wrong-horse")), Access(token=SecretStr("wrong-horse"))],
    ids=["no credentials", "wrong password", "token instead"],
)
async def test_who_the_server_does_not_know_is_told_so(strict: NatsServer, allowed: Access, known: Access) -> None:
    access = dataclasses.replace(allowed, user=known.user, password=known.password, token=known.token)
    await is_refused(tls(strict), access, "Authorization Violation.*POPCON_NATS_USER")


async def test_a_token_opens_a_server_that_asks_for_one(tmp_path: Path) -> None:
    async with running(tmp_path / "nats", 'authorization {\n  token: "s3cret"\n}') as server:
        await works(server.url, Access(token=SecretStr("s3cret")))
        await is_refused(server.url, Access(token=SecretStr("other-s3cret")), "POPCON_NATS_TOKEN")


@pytest.mark.full
def test_a_process_that_is_refused_ends_and_says_why(strict: NatsServer, authority: Authority, tmp_path: Path) -> None:
    settings = {
        "POPCON_NATS_URL": tls(strict),
        "POPCON_NATS_CA_FILE": f"{authority.cert}",
        "POPCON_NATS_USER": "popcon",
        "POPCON_NATS_PASSWORD": "wrong-horse",
        "POPCON_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/popcon.db",
        "POPCON_LOG_LEVEL": "DEBUG",
    }
    command = [sys.executable, "-m", "services.orchestrator"]
    ended = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert '"because": "NATS refuses us: TLS fails' in ended.stderr
    assert "wrong-horse" not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_credentials_file_opens_a_server_of_its_operator(
    with_operator: tuple[NatsServer, Operator], tmp_path: Path
) -> None:
    server, operator = with_operator
    await works(server.url, Access(credentials_file=f"{operator.credentials(tmp_path / 'ours.creds')}"))
    strangers = Operator().credentials(tmp_path / "strangers.creds")
    await is_refused(server.url, Access(credentials_file=f"{strangers}"), "POPCON_NATS_CREDENTIALS_FILE")


@pytest.mark.parametrize("spoilt", ["nothing", "no seed", "seed"])
async def test_a_file_that_is_no_credentials_file_is_named_at_once(tmp_path: Path, spoilt: str) -> None:
    path = Operator().credentials(tmp_path / "ours.creds")
    jwt, marker, seed = path.read_text().partition("-----BEGIN USER NKEY SEED")
    path.write_text({"nothing": "", "no seed": jwt, "seed": jwt + marker + seed.replace("SU", "SX", 1)}[spoilt])
    with pytest.raises(errors.InvalidRequest, match=r"ours\.creds is no credentials file") as caught:
        await Bus("nats://127.0.0.1:1", "test", Access(credentials_file=f"{path}")).open()
    assert caught.value.field == "nats_credentials_file"
    assert seed[7:20] not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ({"ca_file": "{}/none.pem"}, "nats_ca_file"),
        ({"cert_file": "{}/none.pem", "key_file": "{}/none.key"}, "nats_cert_file"),
        ({"credentials_file": "{}/none.creds"}, "nats_credentials_file"),
    ],
)
async def test_a_file_that_is_not_there_is_named(tmp_path: Path, files: dict[str, str], field: str) -> None:
    access = Access(**{name: path.format(tmp_path) for name, path in files.items()})  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidRequest, match=rf"none.*POPCON_{field.upper()}") as caught:
        await Bus("tls://127.0.0.1:1", "test", access).open()
    assert caught.value.field == field


def test_what_is_printed_of_it_holds_no_secret() -> None:
    assert PASSWORD not in repr(USER)
    assert "s3cret" not in repr(Access(token=SecretStr("s3cret")))
