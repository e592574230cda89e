"""Stored files: streamed with digest and length, of the caller's owner only, and never passed off as a page."""

import hashlib
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from popcon import errors
from tests.fixtures.gateway import Gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = "owners/local/jobs/job_1/act_1/motion/1/1/frames/0000.png"
DATA = bytes(range(256)) * 8_000


@pytest.fixture
async def stored(gate: Gateway) -> str:
    await gate.store.put(KEY, DATA, "image/png")
    return f"/v1/artifacts/{KEY}"


async def test_an_artifact_comes_whole_with_what_is_known_of_it(gate: Gateway, stored: str) -> None:
    answer = await gate.http.get(stored)
    assert answer.content == DATA
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(DATA))
    assert answer.headers["etag"] == f'"{hashlib.sha256(DATA).hexdigest()}"'
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "content-disposition" not in answer.headers


async def test_a_preview_may_show_the_pictures_beside_it_and_run_nothing(gate: Gateway) -> None:
    key = "owners/local/jobs/job_1/sets/web/1/1/preview.html"
    await gate.store.put(key, b"<p>", "text/html")
    policy = (await gate.http.get(f"/v1/artifacts/{key}")).headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "img-src 'self'", "media-src 'self'", "sandbox allow-same-origin"} <= set(policy)
    assert not any("script" in rule for rule in policy)


async def test_a_caller_who_has_it_is_told_so(gate: Gateway, stored: str) -> None:
    tag = (await gate.http.get(stored)).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await gate.http.get(stored, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert (await gate.http.get(stored, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_a_download_has_a_plain_name(gate: Gateway, stored: str) -> None:
    answer = await gate.http.get(stored, params={"download": "1"})
    assert answer.headers["content-disposition"] == 'attachment; filename="0000.png"'


@pytest.mark.parametrize(
    "key",
    [
        "owners/local/nothing",
        "owners/local",
        "owners/local/",
        "owners/other/jobs/secret",
        "owners/local/../other/jobs/secret",
        "owners/local/../../../../etc/passwd",
        "owners/local/jobs/job_1/./act_1",
        "owners/local//etc/passwd",
        "owners/localhost/secret",
        "/etc/passwd",
        "../secret",
        "",
        "owners/local/\x00",
        "owners/local/a b",
        "owners/local/é",
        "owners/local/a\\b",
        "owners/local/" + "x" * 5_000,
        "owners/local/jobs/job_1/act_1/motion/1/1/frames/0000.png/",
        "owners/local/jobs/job_1/act_1/motion/1/1/frames",
        "owners/local/jobs/job_1/act_1/motion/1/1/frames/0000.png@",
    ],
)
async def test_anything_else_is_not_found_in_the_same_words(gate: Gateway, stored: str, key: str) -> None:
    await gate.store.put("owners/other/jobs/secret", b"secret", "text/plain")
    await gate.store.put("owners/localhost/secret", b"secret", "text/plain")
    bodies = set()
    for path in (quote(key), quote(key, safe="").replace(".", "%2E")):
        # Sent as bytes on the wire, because a client would resolve the dots.
        answer = await gate.http.send(raw(gate, f"/v1/artifacts/{path}"))
        assert answer.status_code == 404, answer.text
        assert "secret" not in answer.text
        bodies.add(answer.text)
    assert len(bodies) == 1


def raw(gate: Gateway, target: str) -> httpx.Request:
    request = gate.http.build_request("GET", "/")
    request.extensions["target"] = target.encode()
    return request


async def test_a_damaged_artifact_is_never_taken_for_a_whole_one(gate: Gateway) -> None:
    small, large = "owners/local/pictures/aa/small", "owners/local/pictures/aa/large"
    for key, data in ((small, b"whole"), (large, bytes(3_000_000))):
        await gate.store.put(key, data, "image/png")
        damage(gate.folder, key)
    answer = await gate.http.get(f"/v1/artifacts/{small}")
    assert (answer.status_code, answer.json()["code"]) == (500, "artifact_damaged")
    with pytest.raises(httpx.RemoteProtocolError):
        await gate.http.get(f"/v1/artifacts/{large}")


def damage(folder: Path, key: str) -> None:
    """Changes the last byte of what is stored, behind the store's back."""
    name = key.rpartition("/")[2]
    [path] = [found for found in folder.rglob(name) if found.is_file()]
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.chmod(0o600)
    path.write_bytes(bytes(data))


async def test_a_store_that_is_away_is_a_503(gate: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_key: str) -> None:
        raise errors.Unavailable("s3.internal refused")

    monkeypatch.setattr(gate.store, "stat", away)
    answer = await gate.http.get(f"/v1/artifacts/{KEY}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "s3.internal" not in answer.text


async def test_a_folder_has_nowhere_to_send_anybody(gate: Gateway, stored: str) -> None:
    answer = await gate.http.get(stored, params={"redirect": "true"})
    assert (answer.status_code, answer.content) == (200, DATA)
