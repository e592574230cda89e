"""Problems back as errors."""

from pydantic import ValidationError

from popcon import errors
from popcon.rest.common import Problem

_BY_STATUS = {429: errors.Overloaded, **dict.fromkeys((502, 503, 504), errors.Unavailable)}


def as_error(status: int, content: bytes, retry_after: str = "") -> errors.PopconError:
    """The error that an answer of 400 or more stands for: by its code, or by its status where it is no problem, as a
    proxy answers. `retry_after`: that header."""
    try:
        problem = Problem.model_validate_json(content)
    except ValidationError:
        kind = _BY_STATUS.get(status, errors.Internal)
        wait_s = int(retry_after) if retry_after.isdecimal() else 0
        return kind(f"The gateway answered with status {status} and no reason.", retry_after_s=wait_s)
    return errors.by_code(problem.code)(problem.detail, field=problem.field, retry_after_s=problem.retry_after_s)
