"""What happens to a run whose attempt ended without a result: once more, after a while, or never again."""

from dataclasses import dataclass

LOSSES_MAX = 5
ERRORS_MAX = 3
OUTAGES_MAX = 20
"""With the delays below, a quarter of an hour of waiting for a part of the system to come back."""

OUTAGES = frozenset({"unavailable", "overloaded"})
_FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0


@dataclass(frozen=True)
class Again:
    """Try again, not before so many seconds from now."""

    delay_s: float


@dataclass(frozen=True)
class GiveUp:
    """The run has failed."""


def after_loss(losses: int) -> Again | GiveUp:
    """An attempt was lost (its worker died or fell silent); `losses` counts this one. The first retry is at once."""
    return GiveUp() if losses >= LOSSES_MAX else Again(0.0 if losses == 1 else _delay(losses - 1))


def after_error(tries: int, code: str, retryable: bool) -> Again | GiveUp:
    """An attempt reported an error; `tries` counts this one. What is merely away is waited for longer."""
    most = OUTAGES_MAX if code in OUTAGES else ERRORS_MAX
    return Again(_delay(tries)) if retryable and tries < most else GiveUp()


def _delay(times: int) -> float:
    return min(_FIRST_DELAY_S * 2.0 ** (times - 1), LONGEST_DELAY_S)
