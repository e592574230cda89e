"""Where a client finds its gateway and its key, and for how long it tries."""

import pytest

from popcon import errors, rest
from popcon.client.patience import Patience
from popcon.client.transport import Gateway


def test_the_environment_says_what_a_program_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_URL", "https://popcon.example/")
    monkeypatch.setenv("POPCON_KEY", "popcon_env")
    told = Gateway(None, 1, 1, None)
    assert (told.url, told.options["headers"]) == ("https://popcon.example", {"Authorization": "Bearer popcon_env"})
    own = Gateway("http://127.0.0.1:1", 1, 1, "")
    assert (own.url, own.options["headers"]) == ("http://127.0.0.1:1", {})


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_URL", "")
    assert Gateway(None, 1, 1, None).url == "http://127.0.0.1:8400"


@pytest.mark.parametrize("url", ["127.0.0.1:8400", "popcon", "ftp://popcon"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(errors.InvalidRequest, match="http://host:port"):
        Gateway(url, 1, 1, None)


def test_pauses_double_within_a_bound_and_are_no_shorter_than_the_server_says() -> None:
    patience = Patience(1000)
    pauses = [patience.pause_s(errors.Unavailable("away"), has_answered=True) for _ in range(6)]
    for pause, least in zip(pauses, (0.1, 0.2, 0.4, 0.8, 1.0, 1.0), strict=True):
        assert least <= pause <= 2 * least
    assert patience.pause_s(errors.Unavailable("away", retry_after_s=7), has_answered=True) >= 8


def test_patience_ends() -> None:
    away = errors.Unavailable("away", retry_after_s=30)
    for patience, has_answered in ((Patience(1000), False), (Patience(29), True), (Patience(0), True)):
        with pytest.raises(errors.Unavailable):
            patience.pause_s(away, has_answered=has_answered)


@pytest.mark.parametrize(
    ("status", "header", "error", "wait_s"),
    [(429, "17", errors.Overloaded, 17), (503, "", errors.Unavailable, 0), (502, "soon", errors.Unavailable, 0),
     (500, "3", errors.Internal, 3)],
)  # fmt: skip
def test_what_a_proxy_answers_is_an_error_too(
    status: int, header: str, error: type[errors.PopconError], wait_s: int
) -> None:
    found = rest.as_error(status, b"<html>", header)
    assert (type(found), found.retry_after_s) == (error, wait_s)
