"""What each problem means and what to do about it: the page behind the `type` of a problem, and the docs' list."""

from dataclasses import dataclass
from typing import NamedTuple

from popcon import errors
from popcon.errors import by_code, mapping

METHOD_NOT_ALLOWED = "method_not_allowed"
"""Only the gateway says it: no service has methods that a caller could confuse."""


class _Words(NamedTuple):
    means: str
    remedy: str


@dataclass(frozen=True)
class Kind:
    """A kind of problem. `status`: the HTTP status; `retryable`: whether the same request may work later."""

    code: str
    title: str
    status: int
    retryable: bool
    means: str
    remedy: str

    @property
    def type(self) -> str:
        """Its address on a gateway."""
        return f"/v1/problems/{self.code}"


def title(code: str) -> str:
    """A code in words."""
    return code.replace("_", " ").capitalize()


def find(code: str) -> Kind:
    """The kind with a code. Raises `NotFound`."""
    words = WORDS.get(code)
    if words is None:
        raise errors.NotFound(f"There is no problem {code[:100]!r}; /v1/openapi.json names those that there are.")
    if code == METHOD_NOT_ALLOWED:
        return Kind(code, title(code), 405, False, *words)
    row = mapping(by_code(code))
    return Kind(code, title(code), row.http, row.retryable, *words)


WORDS: dict[str, _Words] = {
    "invalid_request": _Words(
        "The request itself is wrong: a field is missing, unknown, of a wrong type, or its value out of range.",
        "Read `detail`, put right what `field` names, and send it again; /v1/openapi.json has every field.",
    ),
    "no_actions": _Words(
        "A job without actions has nothing to make.",
        "Name at least one preset, or give an action a prompt of its own.",
    ),
    "too_many_actions": _Words(
        "The job has more actions than one job may have.",
        "Divide them between several jobs.",
    ),
    "prompt_too_long": _Words("A prompt is longer than a prompt may be.", "Shorten it."),
    "unknown_preset": _Words(
        "There is no preset of that name.",
        "Take one from GET /v1/presets; `detail` names the nearest.",
    ),
    "unknown_target": _Words(
        "There is no target of that name.",
        "Take one from GET /v1/targets; `detail` names the nearest.",
    ),
    "unknown_backend": _Words(
        "There is no backend of that name for the stage.",
        "Leave the field empty for the best one, or take one that `detail` names.",
    ),
    "unknown_stage": _Words(
        "There is no stage of that name, or it cannot be restarted from there.",
        "Take startframe, motion, matte or pack.",
    ),
    "picture_unreadable": _Words(
        "The bytes are not a picture that can be read: damaged, empty, or of another format than they say.",
        "Open it in a viewer, save it again as PNG, and send that.",
    ),
    "picture_blank": _Words(
        "No character was found on the picture: it is transparent or of one colour.",
        "Send a picture on which something can be told from its background, or crop it to where the character is.",
    ),
    "too_large": _Words(
        "The body, or what it unpacks to, is over its limit.",
        "Send less; `detail` says how much is taken.",
    ),
    "picture_too_large": _Words(
        "The picture has too many bytes or pixels.",
        "Scale it down: emoji are small, and 1024 pixels to a side are plenty.",
    ),
    "unsupported_media": _Words(
        "The body is of a kind that is not taken here.",
        "Set Content-Type to one that the call takes, and send what it says.",
    ),
    "unauthenticated": _Words(
        "Nobody knows who asks: no key or token was sent, or it is not good (any more).",
        "Send `Authorization: Bearer <key>`. Make a key with `popcon keys create`, or ask whoever runs this popcon.",
    ),
    "forbidden": _Words(
        "The key is good, but it may not do this; or a page of another web site asks.",
        "Use a key with the scope that `detail` names.",
    ),
    "not_found": _Words(
        "There is no such thing, or it belongs to another owner: the two are never told apart.",
        "Look at the id again, and at whose key you use.",
    ),
    METHOD_NOT_ALLOWED: _Words(
        "The path is there, but does not take this method.",
        "Look the call up in /v1/openapi.json; `Allow` names the methods that it takes.",
    ),
    "wrong_state": _Words(
        "It cannot be done in the state that the action, edit, set or key is in now.",
        "Get it again, look at its state, and do what that allows. What is still being made ends with an event.",
    ),
    "inputs_missing": _Words(
        "What the stage would be made from is not there.",
        "Resume from an earlier stage.",
    ),
    "stale_version": _Words(
        "Somebody changed it since you looked: the version that you named has moved on.",
        "Get it again, decide anew, and name the version that it has now.",
    ),
    "idempotency_mismatch": _Words(
        "An idempotency key was used before, with another body.",
        "Take a new key for what is new; send the same body for what is meant to be the same.",
    ),
    "fenced": _Words(
        "An attempt reported about a run that a newer attempt has taken over. Only workers meet it.",
        "Nothing: the newer attempt does the work.",
    ),
    "overloaded": _Words(
        "There is too much to do at once, for everybody or for this owner.",
        "Wait for the seconds of `Retry-After`, and send the same again.",
    ),
    "in_progress": _Words(
        "The same request under the same idempotency key is still at work.",
        "Send it again after `Retry-After`: it is then answered with what the first one made.",
    ),
    "rate_limited": _Words(
        "The owner of this key sent more requests than its limit of requests per second.",
        "Wait for `Retry-After` seconds; the headers RateLimit and RateLimit-Policy tell what is left.",
    ),
    "quota_exceeded": _Words(
        "The owner of this key has or used as much as its limits allow; `field` names the limit.",
        "Look at GET /v1/usage; wait, delete jobs, or ask whoever runs this popcon for more (`popcon owners set`).",
    ),
    "unavailable": _Words(
        "A part of popcon does not answer just now, as while it is restarted.",
        "Send the same again after `Retry-After`. If it stays, look at /readyz and the logs of the services.",
    ),
    "deadline_passed": _Words(
        "It took longer than it may.",
        "Send the same again after `Retry-After`. A failed action can be resumed from the stage that it failed in.",
    ),
    "stopped": _Words(
        "The work was stopped before it ended: cancelled, replaced, or its service was shut down.",
        "Resume the action if you still want it.",
    ),
    "artifact_damaged": _Words(
        "Stored bytes are not what was written.",
        "Have it made again by a new run: resume the action from that stage.",
    ),
    "weights_unusable": _Words(
        "The weights of a model are missing, damaged, or of another model.",
        "Whoever runs this popcon pulls them again: `popcon models pull`.",
    ),
    "internal": _Words(
        "A bug in popcon.",
        "Try again; if it stays, report it with the time of the request, so that it can be found in the log.",
    ),
}  # fmt: skip
