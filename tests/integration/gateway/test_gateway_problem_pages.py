"""The address in the `type` of a problem says what it means and what to do: to people and to programs."""

import html
import re

import pytest

from popcon import errors, problems, rest
from tests.fixtures.gateway import Gateway, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

CODES = {error.code for error in errors.walk() if error is not errors.PopconError} | {problems.METHOD_NOT_ALLOWED}


async def test_every_problem_is_told() -> None:
    assert set(problems.WORDS) == CODES


@pytest.mark.parametrize("code", sorted(CODES))
async def test_programs_and_people_read_the_same(gate: Gateway, code: str) -> None:
    answer = await gate.http.get(f"/v1/problems/{code}")
    kind = rest.ProblemKind.model_validate(answer.json())
    assert (kind.type, kind.code) == (f"/v1/problems/{code}", code)
    page = await gate.http.get(kind.type, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["vary"] == answer.headers["vary"] == "Accept"
    assert kind.title in page.text
    assert html.escape(kind.remedy).replace("`", "") in re.sub("</?code>", "", page.text)


async def test_a_problem_leads_to_its_page(gate: Gateway) -> None:
    found = problem(await gate.http.get("/v1/pictures"), 405, "method_not_allowed")
    kind = (await gate.http.get(found["type"])).json()
    assert {name: kind[name] for name in ("type", "title", "status", "code")} == {
        name: found[name] for name in ("type", "title", "status", "code")
    }


async def test_what_is_no_problem_is_not_found(gate: Gateway) -> None:
    problem(await gate.http.get("/v1/problems/<b>"), 404, "not_found")
