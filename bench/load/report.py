"""What was measured, as Markdown."""

import math
import os
from collections.abc import Mapping
from statistics import median

from bench import machine
from bench.load import arrivals, overload, owners, plot
from bench.load.arrivals import Offered, percentile
from bench.load.phases import Step
from bench.load.rates import RESULTS_WANTED, Rates
from bench.load.sizes import Costs

NONE = "–"
"""Where there is nothing to tell of."""

_PICTURE = os.path.relpath(plot.PICTURE, machine.RESULTS)


def rates(found: Rates) -> str:
    """The knee, with its picture, and what was measured beside it."""
    alone: list[list[object]] = [
        [name, f"{figure:.0f}", f"{found.drained / figure:.2f}"] for name, figure in found.ceilings.items()
    ]
    return "\n\n".join(
        [
            "## A full queue worked off",
            f"**{found.drained:.0f} results per second**, {found.drained / 4:.0f} actions. procrastinate ends "
            f"{found.peer:.0f} actions per second: ratio **{found.drained / 4 / found.peer:.2f}**.",
            machine.table(["alone, per second", "figure", "results are so much of it"], alone),
            f"## {RESULTS_WANTED:.0f} results per second for {found.held.offered.seconds:.0f} s",
            _steps([found.held]),
            f"Deliveries per task, over all of it: {found.deliveries:.4f}. {_breaches(found.found)}",
            "## Up to the knee",
            f"![Results per second and the API's p99 over the actions offered per second]({_PICTURE})",
            _steps(found.steps),
        ]
    )


def _steps(found: list[Step]) -> str:
    """A row per rate that was offered."""
    rows: list[list[object]] = [
        [
            f"{step.offered.rate:.0f}",
            f"{step.results:.0f}",
            "yes" if step.carried else "no",
            *(f"{step.offered.percentile(share) * 1e3:.0f}" for share in (0.5, 0.95, 0.99)),
            step.offered.refused.total(),
            step.waiting,
            f"{step.drained_s:.1f}",
        ]
        for step in found
    ]
    head = [
        "actions/s offered",
        "results/s",
        "carried",
        "API p50 ms",
        "p95",
        "p99",
        "refused",
        "runs left",
        "drained in s",
    ]
    return machine.table(head, rows)


def _breaches(found: Mapping[str, int]) -> str:
    """A sentence on what must not be."""
    told = ", ".join(f"{name} {count}" for name, count in found.items())
    return f"What must not be, and how often it {'was' if any(found.values()) else 'was not'} found: {told}."


def sizes(small: Costs, large: Costs, plans: list[str]) -> str:
    """Two sizes of the table beside each other."""
    rows: list[list[object]] = [
        [name, f"{a:.1f}", f"{b:.1f}", f"{b / a:.2f}"]
        for name, a, b in (
            ("list 50", small.list_ms, large.list_ms),
            ("get", small.get_ms, large.get_ms),
            ("transition", small.transition_ms, large.transition_ms),
        )
    ]
    head = ["call through the API, median ms", f"{small.jobs:,} jobs", f"{large.jobs:,} jobs", "ratio"]
    told = "\n".join(f"    {line}" for line in plans)
    return f"{machine.table(head, rows)}\n\nQuery plans:\n\n{told}"


def overloaded(found: overload.Overload) -> str:
    """The knee and twice the knee beside each other, and what the refused were told."""
    calls = found.over.offered
    refused = calls.refused[arrivals.REFUSED]
    told = [int(text) for text in found.retry_after.elements() if text.isdigit()]
    said = f", between {min(told)} and {max(told)} s, median {median(told):.0f}" if told else ""
    return "\n\n".join(
        [
            f"{calls.rate:.0f} actions per second offered for {calls.seconds:.0f} s, twice the knee. What could not "
            f"begin within {overload.WAIT_LIMIT_S} s is refused (`POPCON_WAIT_LIMIT_BATCH_S`); nothing else is set.",
            machine.table(["", "at the knee", "at twice the knee"], _beside(found)),
            f"Results per second: **{found.over.results / found.knee.results:.2f}** of those at the knee. "
            f"{refused} calls of {len(calls.answers)} got 429, {found.told_well} of them with a `Retry-After` in "
            f"range{said}; **{calls.refused.total() - refused}** calls were refused otherwise or not answered. From "
            f"acceptance until done a job took {percentile(found.took_s, 0.5):.1f} s (median), "
            f"{percentile(found.took_s, 0.95):.1f} s (p95). Afterwards {found.over.waiting} runs were left, drained in "
            f"**{found.over.drained_s:.1f} s**.",
            _breaches(found.found),
        ]
    )


def _beside(found: overload.Overload) -> list[list[object]]:
    both = found.knee, found.over
    return [
        ["actions/s that arrived", *(f"{step.offered.arrived:.0f}" for step in both)],
        ["actions/s accepted", *(f"{_accepted(step.offered):.0f}" for step in both)],
        ["results/s", *(f"{step.results:.0f}" for step in both)],
        *(
            [f"{name} calls, p50 / p99 ms", *(_milliseconds(step.offered, accepted=accepted) for step in both)]
            for name, accepted in (("accepted", True), ("refused", False))
        ),
    ]


def _accepted(offered: Offered) -> float:
    return offered.accepted * arrivals.ACTIONS / offered.seconds


def _milliseconds(offered: Offered, *, accepted: bool) -> str:
    found = [offered.percentile(share, accepted=accepted) * 1e3 for share in (0.5, 0.99)]
    return NONE if math.isnan(found[0]) else " / ".join(f"{value:.0f}" for value in found)


def _seconds(took: list[float], share: float) -> str:
    return f"{percentile(took, share):.1f}" if took else NONE


def crowd(found: owners.Crowd) -> str:
    """A row per group of owners."""
    rows: list[list[object]] = [
        [
            f"{group.ranks[0]}–{group.ranks[-1]}" if len(group.ranks) > 1 else group.ranks[0],
            group.accepted + group.refused,
            group.accepted,
            group.refused,
            *(_seconds(took, share) for took in (group.early_s, group.late_s) for share in (0.5, 0.95)),
            f"{group.results / group.fair:.2f}" if group.fair else NONE,
        ]
        for group in found.groups
    ]
    waited = ["seconds until done, first half: p50", "p95", "second half: p50", "p95"]
    head = ["owners by rank", "jobs offered", "accepted", "refused", *waited, "results, of a fair share"]
    return "\n\n".join(
        [
            f"{owners.OWNERS} owners whose shares follow Zipf's law (s = 1) offer {found.offered.rate:.0f} actions per "
            f"second for {found.offered.seconds:.0f} s, {owners.TIMES:g} times the knee. The limits of the "
            "door are the default, and so is the backlog in JetStream.",
            machine.table(head, rows),
            "Seconds count from acceptance until the job's set was done, results until the last job had come. A fair "
            "share: nobody gets more than was asked for, and who gets less gets as much as anybody. When the last job "
            f"had come, the biggest owner had {found.pile} runs that had not ended; all were drained in "
            f"{found.drained_s:.1f} s.",
            _breaches(found.found),
        ]
    )
