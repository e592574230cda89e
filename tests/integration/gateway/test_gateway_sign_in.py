"""Keys as programs and browsers show them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from popcon import errors
from services.gateway import access
from tests.fixtures.gateway import KEY, Gateway, Script, gateway, problem, scripted_services

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "popcon_" + "a" * 32 + "_" + "b" * 43


@pytest_asyncio.fixture(loop_scope="session")
async def locked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    script = Script()
    async with (
        scripted_services(script) as services,
        gateway(tmp_path_factory.mktemp("gateway"), script, services, keys_required=True) as found,
    ):
        yield found


def bearer(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def test_without_a_key_the_answer_says_what_to_send(locked: Gateway) -> None:
    answer = await locked.http.get("/v1/jobs")
    assert "Authorization: Bearer" in problem(answer, 401, "unauthenticated")["detail"]
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not locked.script.seen


async def test_work_is_done_for_the_owner_of_the_key(locked: Gateway) -> None:
    found = await locked.http.get("/v1/me", headers=bearer())
    assert found.json() == {"owner": "anna", "scope": "write", "key_id": KEY}
    await locked.http.get("/v1/jobs", headers=bearer())
    assert [asked.owner for asked in locked.script.asked("ListJobs")] == ["anna"]


async def test_a_key_is_looked_up_once_in_a_while_and_a_wrong_one_each_time(
    locked: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        assert (await locked.http.get("/v1/me", headers=bearer())).status_code == 200
    assert len(locked.script.asked("Authenticate")) == 1
    locked.script.raises["Authenticate"] = errors.Unauthenticated("The API key is not known.")
    for _ in range(3):
        problem(await locked.http.get("/v1/me", headers=bearer("popcon_x")), 401, "unauthenticated")
    assert len(locked.script.asked("Authenticate")) == 4


async def test_a_revoked_key_is_refused_when_it_is_looked_up_again(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "KNOWN_FOR_S", 0.0)
    script = Script()
    async with (
        scripted_services(script) as services,
        gateway(tmp_path_factory.mktemp("gateway"), script, services, keys_required=True) as gate,
    ):
        assert (await gate.http.get("/v1/me", headers=bearer())).status_code == 200
        script.raises["Authenticate"] = errors.Unauthenticated("The API key is not known.")
        problem(await gate.http.get("/v1/me", headers=bearer()), 401, "unauthenticated")


async def test_a_body_is_not_read_before_it_is_known_who_sends_it(locked: Gateway) -> None:
    answer = await locked.http.post("/v1/jobs", content=b"not even JSON", headers={"Content-Type": "application/json"})
    problem(answer, 401, "unauthenticated")


async def test_a_browser_signs_in_with_a_form_and_keeps_a_cookie_no_script_can_read(locked: Gateway) -> None:
    page = await locked.http.get("/sign-in")
    assert 'action="/sign-in"' in page.text
    answer = await locked.http.post("/sign-in", data={"key": f" {SECRET} "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in (SECRET, "HttpOnly", "SameSite=strict"))
    assert "Secure" not in cookie
    assert (await locked.http.get("/v1/me")).json()["owner"] == "anna"
    await locked.http.post("/sign-out")
    problem(await locked.http.get("/v1/me"), 401, "unauthenticated")


async def test_behind_tls_the_cookie_is_sent_over_tls_only(locked: Gateway) -> None:
    answer = await locked.http.post("/sign-in", data={"key": SECRET}, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in answer.headers["set-cookie"]
    locked.http.cookies.clear()


async def test_a_wrong_key_shows_the_form_again(locked: Gateway) -> None:
    locked.script.raises["Authenticate"] = errors.Unauthenticated("The API key is not known.")
    answer = await locked.http.post("/sign-in", data={"key": "popcon_x"}, headers={"Accept-Language": "ko,en;q=0.5"})
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "로그인" in answer.text
    assert "set-cookie" not in answer.headers


async def test_another_site_cannot_change_things_with_the_cookie(locked: Gateway) -> None:
    await locked.http.post("/sign-in", data={"key": SECRET})
    answer = await locked.http.post("/v1/jobs", json={}, headers={"Origin": "https://evil.example"})
    problem(answer, 403, "forbidden")
    locked.http.cookies.clear()


async def test_where_keys_are_required_it_may_be_asked_for_by_any_name(locked: Gateway) -> None:
    answer = await locked.http.get("/v1/me", headers={**bearer(), "Host": "popcon.example"})
    assert answer.status_code == 200
