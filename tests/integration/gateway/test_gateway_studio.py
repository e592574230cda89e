"""The studio as a browser gets it: one shell for all pages, files from a fixed list, fresh and small on the wire."""

import pytest

from services.gateway import pages
from tests.fixtures.gateway import ACTION, JOB, Gateway, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = ["/", "/archive", f"/jobs/{JOB}", f"/jobs/{JOB}/pack", f"/jobs/{JOB}/{ACTION}/refine"]


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_the_shell(gate: Gateway, path: str) -> None:
    answer = await gate.http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.content == pages.load()[pages.SHELL].plain.content
    assert not gate.script.seen


async def test_a_page_may_do_nothing_but_show_itself(gate: Gateway) -> None:
    headers = (await gate.http.get("/")).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert not any(word in headers["content-security-policy"] for word in ("unsafe", "http:", "https:", "*"))
    assert headers["referrer-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_every_file_of_the_studio_is_served(gate: Gateway) -> None:
    for name, file in pages.load().items():
        answer = await gate.http.get(f"/studio/{name}")
        assert answer.content == file.plain.content
        assert answer.headers["content-type"] == file.media_type
        assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_what_a_browser_has_is_not_sent_again(gate: Gateway, encoding: str) -> None:
    accepts = {"Accept-Encoding": encoding}
    tag = (await gate.http.get("/", headers=accepts)).headers["etag"]
    again = await gate.http.get("/", headers={**accepts, "If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    older = await gate.http.get("/", headers={**accepts, "If-None-Match": '"' + "0" * 64 + '"'})
    assert older.status_code == 200


async def test_head_is_get_without_the_body(gate: Gateway) -> None:
    get, head = await gate.http.get("/archive"), await gate.http.head("/archive")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize(
    "name",
    ["../pages.py", "%2e%2e/pages.py", "..%2fpages.py", "%2fetc/passwd", "", ".", "nothing.js", "index.html/", "%00"],
)
async def test_nothing_else_can_be_asked_for(gate: Gateway, name: str) -> None:
    problem(await gate.http.get(f"/studio/{name}"), 404, "not_found")


async def test_pages_cannot_be_changed(gate: Gateway) -> None:
    problem(await gate.http.post("/"), 405, "method_not_allowed")
