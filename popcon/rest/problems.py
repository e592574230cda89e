"""Problems back as errors."""

from pydantic import ValidationError

from popcon import errors
from popcon.rest.common import Problem


def as_error(status: int, content: bytes) -> errors.PopconError:
    """The error that an answer of 400 or more stands for: by its code, or by its status where it is no problem."""
    try:
        problem = Problem.model_validate_json(content)
    except ValidationError:
        kind = errors.Unavailable if status in (502, 503, 504) else errors.Internal
        return kind(f"The gateway answered with status {status} and no reason.")
    return errors.by_code(problem.code)(problem.detail, field=problem.field, retry_after_s=problem.retry_after_s)
