"""Settings of the connection to NATS: what makes no sense is said at once, and nothing secret is printed."""

import pytest
from pydantic import ValidationError

from popcon import config
from popcon.bus import Access
from popcon.config import BusSettings

SECRET = "s3cret-horse"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BusSettings.model_fields:
        monkeypatch.delenv(f"POPCON_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    "url", ["nats://127.0.0.1:4222", "tls://nats.example", "nats://a:1,nats://b:2,nats://c:3", "tls://[::1]:4222"]
)
def test_one_url_or_several_of_a_cluster(url: str) -> None:
    assert BusSettings(nats_url=url).nats_url == url


@pytest.mark.parametrize("url", ["", "127.0.0.1:4222", "http://a:1", "nats://", "nats://a:1,", "nats://a:1 nats://b"])
def test_what_is_no_url_of_nats_is_told(url: str) -> None:
    with pytest.raises(ValidationError, match="nats://host:port"):
        BusSettings(nats_url=url)


@pytest.mark.parametrize(
    ("set_", "match"),
    [
        ({"nats_cert_file": "a"}, "KEY_FILE go together"),
        ({"nats_key_file": "a"}, "KEY_FILE go together"),
        ({"nats_user": "a"}, "PASSWORD go together"),
        ({"nats_password": "a"}, "PASSWORD go together"),
        ({"nats_token": "a", "nats_user": "a", "nats_password": "a"}, "set one of them"),
        ({"nats_token": "a", "nats_credentials_file": "a"}, "set one of them"),
        ({"nats_replicas": 0}, "nats_replicas"),
        ({"nats_url": f"nats://me:{SECRET}@a:1"}, "no user or password"),
    ],
)
def test_what_makes_no_sense_together_is_told(set_: dict[str, str], match: str) -> None:
    with pytest.raises(ValidationError, match=match):
        BusSettings(**set_)


@pytest.mark.parametrize(
    "set_",
    [
        {"NATS_USER": "me", "NATS_PASSWORD": SECRET, "NATS_TOKEN": SECRET},
        {"NATS_PASSWORD": SECRET},
        {"NATS_URL": f"nats://me:{SECRET}@a:1"},
        {"NATS_PASSWORD": SECRET, "NATS_USER": "me", "NATS_REPLICAS": "9"},
    ],
)
def test_what_is_said_about_wrong_settings_holds_no_secret(
    set_: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in set_.items():
        monkeypatch.setenv(f"POPCON_{name}", value)
    with pytest.raises(SystemExit) as ended:
        config.load(BusSettings, [])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "POPCON_NATS_" in said or "NATS takes" in said
    assert SECRET not in said


def test_a_wrong_value_that_is_no_secret_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POPCON_NATS_REPLICAS", "many")
    with pytest.raises(SystemExit):
        config.load(BusSettings, [])
    assert "POPCON_NATS_REPLICAS" in (said := capsys.readouterr().err)
    assert "'many'" in said


def test_settings_and_what_is_made_of_them_print_no_secret() -> None:
    settings = BusSettings(nats_user="me", nats_password=SECRET)
    assert SECRET not in f"{settings!r} {Access.of(settings)!r} {config.describe(BusSettings)}"
    assert Access.of(settings).options(tls=False) == {"user": "me", "password": SECRET}
