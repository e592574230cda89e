"""What Triton's refusals mean."""

from tritonclient.utils import InferenceServerException

from popcon.errors import DeadlinePassed, Internal, Overloaded, PopconError, Unavailable, WeightsUnusable


class UnknownRegion(Exception):
    """The server has no such shared memory: it was started anew since the memory was registered."""


def translate(error: InferenceServerException, url: str, model: str) -> PopconError | UnknownRegion:
    """The error that a refusal by the server at `url` stands for.

    Several kinds of refusal share a status, so the words of the server decide between them.
    """
    status, words = error.status() or "", error.message() or "no reason given"
    if "Unable to find" in words and "shared memory region" in words:
        return UnknownRegion(words)
    match status.removeprefix("StatusCode."):
        case "NOT_FOUND":
            return missing(url, model)
        case "UNAVAILABLE" if "Exceeds maximum queue size" in words:
            return Overloaded(f"Triton at {url} has a full queue for {model}; try again later.")
        case "UNAVAILABLE" if "Request timeout expired" in words:
            return DeadlinePassed(f"{model} waited too long in the queue of Triton at {url}; allow more time.")
        case "DEADLINE_EXCEEDED":
            return DeadlinePassed(f"Triton at {url} did not answer for {model} in time; allow more time.")
        case "UNAVAILABLE" | "CANCELLED":
            return Unavailable(f"Triton at {url} does not answer for {model} ({words}); try again in a moment.")
    if "is not healthy" in words:
        return Unavailable(f"The process of {model} in Triton at {url} has died; start Triton again.")
    return Internal(f"Triton at {url} failed on {model}: {words}.")


def missing(url: str, model: str) -> WeightsUnusable:
    """There is no such model."""
    return WeightsUnusable(
        f"Triton at {url} has no model {model}; make it with `popcon models export {model} --out DIR` and start Triton "
        "with --model-repository=DIR."
    )
