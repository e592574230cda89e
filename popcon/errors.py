"""The one error tree of popcon, and the one table that maps it to gRPC, HTTP and retry.

    PopconError
    ├── InvalidRequest            the request itself is wrong; sending it again cannot help
    │   ├── NoActions, TooManyActions, PromptTooLong
    │   ├── UnknownPreset, UnknownTarget, UnknownBackend, UnknownStage
    │   └── PictureUnreadable, PictureBlank
    ├── TooLarge                  bytes or pixels over the limit
    │   └── PictureTooLarge
    ├── UnsupportedMedia          not a kind of file that popcon reads
    ├── Unauthenticated           nobody knows who asks
    ├── Forbidden                 whoever asks may not, or not from there
    ├── NotFound                  no such id for this owner
    ├── WrongState                the action or edit cannot do this now
    │   └── InputsMissing
    ├── StaleVersion              somebody changed it first
    ├── IdempotencyMismatch       one key, two bodies
    ├── InProgress                the same request under the same key is still at work
    ├── Fenced                    a newer attempt owns the run
    ├── Overloaded                full; come back later
    │   ├── RateLimited           the owner asked more often than it may
    │   └── QuotaExceeded         the owner has, or used, as much as it may
    ├── Unavailable               a part of the system does not answer
    ├── DeadlinePassed            it took too long
    ├── Stopped                   somebody asked the work to stop
    ├── ArtifactDamaged           stored bytes are not what was written
    ├── WeightsUnusable           a model's weights are missing, damaged or of another model
    └── Internal                  a bug

Foreign exceptions (grpc, botocore, nats, Pillow) are translated at the edge that owns the library.
A message is one sentence that says what is wrong and what to do about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Mapping:
    """What an error becomes outside: gRPC status name, HTTP status, and whether the same call may work later."""

    grpc: str
    http: int
    retryable: bool = False


class PopconError(Exception):
    """Base of the tree. `code` is stable and part of the API; `field` names the offending input where there is one;
    `retry_after_s` is after how many whole seconds the same call may work, 0 where that is not known."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, field: str = "", retry_after_s: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s


class InvalidRequest(PopconError):
    code = "invalid_request"


class NoActions(InvalidRequest):
    code = "no_actions"


class TooManyActions(InvalidRequest):
    code = "too_many_actions"


class PromptTooLong(InvalidRequest):
    code = "prompt_too_long"


class UnknownPreset(InvalidRequest):
    code = "unknown_preset"


class UnknownTarget(InvalidRequest):
    code = "unknown_target"


class UnknownBackend(InvalidRequest):
    code = "unknown_backend"


class UnknownStage(InvalidRequest):
    code = "unknown_stage"


class PictureUnreadable(InvalidRequest):
    code = "picture_unreadable"


class PictureBlank(InvalidRequest):
    code = "picture_blank"


class TooLarge(PopconError):
    code = "too_large"


class PictureTooLarge(TooLarge):
    code = "picture_too_large"


class UnsupportedMedia(PopconError):
    code = "unsupported_media"


class Unauthenticated(PopconError):
    code = "unauthenticated"


class Forbidden(PopconError):
    code = "forbidden"


class NotFound(PopconError):
    code = "not_found"


class WrongState(PopconError):
    code = "wrong_state"


class InputsMissing(WrongState):
    code = "inputs_missing"


class StaleVersion(PopconError):
    code = "stale_version"


class IdempotencyMismatch(PopconError):
    code = "idempotency_mismatch"


class InProgress(PopconError):
    code = "in_progress"


class Fenced(PopconError):
    code = "fenced"


class Overloaded(PopconError):
    code = "overloaded"


class RateLimited(Overloaded):
    """`field` is `requests_per_s`."""

    code = "rate_limited"


class QuotaExceeded(Overloaded):
    """`field` names the limit: `jobs_in_flight`, `worker_seconds_per_day` or `stored_bytes`."""

    code = "quota_exceeded"


class Unavailable(PopconError):
    code = "unavailable"


class DeadlinePassed(PopconError):
    code = "deadline_passed"


class Stopped(PopconError):
    code = "stopped"


class ArtifactDamaged(PopconError):
    code = "artifact_damaged"


class WeightsUnusable(PopconError):
    code = "weights_unusable"


class Internal(PopconError):
    code = "internal"


# A class without a row of its own takes its nearest ancestor's.
TABLE: dict[type[PopconError], Mapping] = {
    PopconError: Mapping("INTERNAL", 500),
    InvalidRequest: Mapping("INVALID_ARGUMENT", 422),
    TooLarge: Mapping("OUT_OF_RANGE", 413),
    UnsupportedMedia: Mapping("INVALID_ARGUMENT", 415),
    Unauthenticated: Mapping("UNAUTHENTICATED", 401),
    Forbidden: Mapping("PERMISSION_DENIED", 403),
    NotFound: Mapping("NOT_FOUND", 404),
    WrongState: Mapping("FAILED_PRECONDITION", 409),
    StaleVersion: Mapping("ABORTED", 409),
    IdempotencyMismatch: Mapping("ALREADY_EXISTS", 422),
    InProgress: Mapping("ABORTED", 409, retryable=True),
    Fenced: Mapping("ABORTED", 409),
    Overloaded: Mapping("RESOURCE_EXHAUSTED", 429, retryable=True),
    Unavailable: Mapping("UNAVAILABLE", 503, retryable=True),
    DeadlinePassed: Mapping("DEADLINE_EXCEEDED", 504, retryable=True),
    Stopped: Mapping("CANCELLED", 409, retryable=True),
    ArtifactDamaged: Mapping("DATA_LOSS", 500, retryable=True),
    WeightsUnusable: Mapping("FAILED_PRECONDITION", 500),
    Internal: Mapping("INTERNAL", 500, retryable=True),
}


def walk(root: type[PopconError] = PopconError) -> Iterator[type[PopconError]]:
    """Every class of the tree, parents first."""
    yield root
    for child in root.__subclasses__():
        yield from walk(child)


def mapping(error: type[PopconError]) -> Mapping:
    """The row of the table that holds for a class."""
    return next(TABLE[ancestor] for ancestor in error.__mro__ if ancestor in TABLE)


def by_code(code: str) -> type[PopconError]:
    """The class with a code; `Internal` where the code is unknown (a newer peer)."""
    return next((error for error in walk() if error is not PopconError and error.code == code), Internal)
