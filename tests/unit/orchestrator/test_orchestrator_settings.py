"""The orchestrator's settings: which databases they take, and that nobody learns a password from them."""

import importlib.util

import pytest

from popcon import config, errors
from services.orchestrator import database
from services.orchestrator.settings import OrchestratorSettings


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////folder/popcon.db",
        "sqlite+aiosqlite:///popcon.db",
        "postgresql://popcon:secret@host:5432/popcon?sslmode=verify-full",
        "postgres://popcon:se%2Fcret@host/popcon",
        "postgresql+asyncpg://popcon@/popcon?host=/run/postgresql",
    ],
)
def test_urls_of_databases_are_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_DATABASE_URL", url)
    assert config.load(OrchestratorSettings, []).database_url.get_secret_value() == url


@pytest.mark.parametrize(
    "url",
    ["", "popcon.db", "mysql://popcon:secret@host/popcon", "postgresql://popcon:secret@host:port/popcon",
     "postgresql://popcon:secret@host", "sqlite://", "postgresql+psycopg2://popcon:secret@host/popcon"],
)  # fmt: skip
def test_what_names_no_database_is_refused_without_being_repeated(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POPCON_DATABASE_URL", url)
    with pytest.raises(SystemExit) as left:
        config.load(OrchestratorSettings, [])
    said = capsys.readouterr()
    assert left.value.code == 2
    assert "POPCON_DATABASE_URL" in said.err
    assert "postgresql://user:password@host:5432/popcon" in said.err
    assert "secret" not in said.out + said.err


def test_the_password_stands_in_no_print_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_DATABASE_URL", "postgresql://popcon:swordfish@host/popcon")
    settings = config.load(OrchestratorSettings, [])
    assert "swordfish" not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    assert "swordfish" not in config.describe(OrchestratorSettings)


def test_help_shows_the_default_database() -> None:
    assert "sqlite+aiosqlite:///.popcon/popcon.db" in config.describe(OrchestratorSettings)


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(errors.InvalidRequest, match="extra postgres"):
        database.parse_url("postgresql://popcon@host/popcon")
    assert database.parse_url("sqlite:////folder/popcon.db").database == "/folder/popcon.db"
