import pytest

from popcon import errors
from services.gateway import problems

EVERY = [error for error in errors.walk() if error is not errors.PopconError]


@pytest.mark.parametrize("error", EVERY)
def test_every_error_is_a_problem_with_its_own_code(error: type[errors.PopconError]) -> None:
    answer = problems.answer(error("secret: this is wrong; do that.", field="actions[0]"))
    row = errors.mapping(error)
    body = bytes(answer.body)
    assert answer.status_code == row.http
    assert answer.media_type == "application/problem+json"
    assert f'"code":"{error.code}"'.encode() in body
    assert (b"secret" in body) == (row.http < 500)
    assert ("retry-after" in answer.headers) == (row.http in (429, 503, 504))


def test_who_is_told_to_come_back_is_told_when() -> None:
    answer = problems.answer(errors.Overloaded("The queue is full.", retry_after_s=88))
    assert answer.headers["retry-after"] == "88"
    assert b'"retry_after_s":88' in bytes(answer.body)
