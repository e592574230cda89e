"""Other web sites in the same browser: they can send, but nothing of it is heard."""

import httpx
import pytest

from tests.fixtures.gateway import JOB, PICTURE, Gateway, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEW_JOB = {"picture_id": PICTURE, "actions": [{"preset": "wave"}]}
CHANGES = [("POST", "/v1/jobs"), ("DELETE", f"/v1/jobs/{JOB}"), ("PUT", f"/v1/jobs/{JOB}/sets/line-emoji/order")]


def _port(gate: Gateway) -> str:
    return gate.url.rpartition(":")[2]


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "",
    ],
)
async def test_a_change_by_another_site_is_refused(gate: Gateway, method: str, path: str, origin: str) -> None:
    headers = {"Origin": origin.format(port=_port(gate))}
    answer = await gate.http.request(method, path, json=NEW_JOB, headers=headers)
    problem(answer, 403, "forbidden")
    assert not gate.script.seen


async def test_a_form_of_another_site_stores_no_picture(gate: Gateway) -> None:
    files = {"picture": ("a.png", b"\x89PNG\r\n\x1a\n", "image/png")}
    answer = await gate.http.post("/v1/pictures", files=files, headers={"Origin": "https://evil.example"})
    problem(answer, 403, "forbidden")
    assert not gate.script.seen


@pytest.mark.parametrize("name", ["127.0.0.1", "LOCALHOST"])
async def test_the_studio_itself_may_change_things(gate: Gateway, name: str) -> None:
    at = f"{name}:{_port(gate)}"
    answer = await gate.http.post("/v1/jobs", json=NEW_JOB, headers={"Host": at, "Origin": f"http://{at.lower()}"})
    assert answer.status_code == 201


async def test_programs_send_no_origin_and_may(gate: Gateway) -> None:
    assert (await gate.http.post("/v1/jobs", json=NEW_JOB)).status_code == 201


async def test_reading_needs_no_origin_check_but_no_other_site_may_show_it(gate: Gateway) -> None:
    answer = await gate.http.get(f"/v1/jobs/{JOB}", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 200
    # A browser keeps the answer from a site that is not named here, and from a page that only embeds it.
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8400", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "[::2]"],
)
@pytest.mark.parametrize("path", ["/", "/v1/presets", f"/v1/jobs/{JOB}"])
async def test_a_name_that_was_made_to_lead_here_is_refused(gate: Gateway, host: str, path: str) -> None:
    problem(await gate.http.get(path, headers={"Host": host}), 403, "forbidden")
    assert not gate.script.seen


@pytest.mark.parametrize("host", ["localhost", "LocalHost:8400", "127.0.0.1", "127.0.0.2:9", "[::1]", "[::1]:8400"])
async def test_every_name_of_this_machine_is_served(gate: Gateway, host: str) -> None:
    assert (await gate.http.get("/v1/presets", headers={"Host": host})).status_code == 200


async def test_a_request_without_a_host_is_refused(gate: Gateway) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        request = http.build_request("GET", f"{gate.url}/v1/presets", headers={"Host": ""})
        problem(await http.send(request), 403, "forbidden")
