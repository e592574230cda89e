"""When a delivery that failed is tried again: within a day, at growing distances."""

from services.orchestrator.rules.retry import Again, GiveUp

DAY_S = 86_400
DELAYS_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 21_600)
"""After the first failure, the second and so on; together not quite a day."""

RETRY_AFTER_MAX_S = 36_000
"""An endpoint may put off the next attempt by this much, as long as ours are apart at most."""

LOSSES_MAX = 10
"""Attempts of which nobody told the end, before no more are made."""

GONE = 410
_SPREAD = 0.1


def after_failure(tries: int, elapsed_s: float, status: int, retry_after_s: int, spread: float) -> Again | GiveUp:
    """What follows a failed attempt. `tries` counts it; `elapsed_s`: since the first of this day; `status`: of the
    answer, 0 for none; `retry_after_s`: what the endpoint asked for; `spread`: 0 to 1, by chance, so that what failed
    together does not come back together."""
    if status == GONE or tries > len(DELAYS_S) or elapsed_s >= DAY_S:
        return GiveUp()
    ours = DELAYS_S[tries - 1] * (1 + _SPREAD * spread)
    return Again(min(max(ours, min(retry_after_s, RETRY_AFTER_MAX_S)), DAY_S - elapsed_s))
