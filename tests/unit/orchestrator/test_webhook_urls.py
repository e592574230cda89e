"""Which URLs an endpoint may have."""

import pytest

from popcon import errors
from services.orchestrator.webhooks.urls import checked

WRONG = [
    "",
    "shop.example",
    "//shop.example/",
    "http://shop.example/",
    "ftp://shop.example/",
    "file:///etc/passwd",
    "https:///path",
    "https://anna:secret@shop.example/",
    "https://anna@shop.example/",
    "https://shop.example/#part",
    "https://shop.example:99999/",
    "https://shop.example:port/",
    "https://shop.example/\nHost: other",
    "https://[::1/",
    "https://shop.example/" + "a" * 2_000,
]


@pytest.mark.parametrize("url", WRONG)
def test_what_is_no_endpoint_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(errors.InvalidRequest) as told:
        checked(url, allow_http=False)
    assert told.value.field == "url"
    assert "secret" not in told.value.message


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example:8443/a?b=c", "https://shop.example:8443/a?b=c"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://[2606:4700::1]/", "https://[2606:4700::1]/"),
    ],
)
def test_what_is_one_is_kept_in_ascii(url: str, kept: str) -> None:
    assert checked(url, allow_http=False) == kept


def test_plain_http_is_taken_where_that_is_allowed() -> None:
    assert checked("http://127.0.0.1:8000/", allow_http=True) == "http://127.0.0.1:8000/"
