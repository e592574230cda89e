"""What the load benchmark makes of its figures."""

import re
from collections import Counter
from xml.etree import ElementTree

import pytest

from bench import machine
from bench.load import plot, report
from bench.load.arrivals import Answer, Offered
from bench.load.overload import Overload
from bench.load.owners import fair_shares
from bench.load.phases import Step
from bench.load.rates import Rates

SVG = "{http://www.w3.org/2000/svg}"


def step(rate: float, results: float, answers: int = 25) -> Step:
    offered = Offered(rate, 20.0, [(Answer(201), 0.05)] * answers)
    return Step(offered, results, waiting=0)


def test_nobody_has_more_than_was_wanted_and_what_is_left_is_shared() -> None:
    assert fair_shares({1: 10, 2: 3, 3: 1}, 8) == {1: 4, 2: 3, 3: 1}
    assert fair_shares({1: 10, 2: 3, 3: 1}, 6) == {1: 2.5, 2: 2.5, 3: 1}
    assert fair_shares({1: 10, 2: 3}, 99) == {1: 10, 2: 3}
    assert fair_shares({}, 5) == {}


def test_only_whole_seconds_in_the_promised_range_are_told_well() -> None:
    told = ["1", "300", "0", "301", "", "soon", "1.5"]
    answers = [(Answer(429, text), 0.1) for text in told] + [(Answer(201, ""), 0.1), (Answer(503, "5"), 0.1)]
    over = Step(Offered(100, 20.0, answers), 200, waiting=0)
    found = Overload(step(50, 200), over, [1.0], {"jobs lost": 0})
    assert found.told_well == 2
    assert over.offered.refused == Counter({429: 7, 503: 1})
    page = report.overloaded(found)
    assert "7 calls of 9 got 429, 2 of them" in page
    assert "**1** calls were refused otherwise" in page


def test_the_page_of_the_knee_shows_its_picture() -> None:
    steps = [step(10, 40), step(50, 190)]
    page = report.rates(Rates(254.0, 90.0, {"publishes": 2000.0}, steps[1], 1.0, {"jobs lost": 0}, steps))
    (path,) = re.findall(r"!\[.*\]\((.*)\)", page)
    assert (machine.RESULTS / path).resolve() == plot.PICTURE
    assert "ratio **0.71**" in page


def test_accepted_and_refused_calls_have_percentiles_of_their_own() -> None:
    offered = Offered(10, 8.0, [(Answer(201), 0.1), (Answer(201), 0.3), (Answer(429, "1"), 9.0)])
    assert offered.percentile(0.99) == 0.3
    assert offered.percentile(0.5, accepted=False) == 9.0
    assert offered.arrived == 3.0


def test_the_picture_has_a_dot_per_step_in_both_panels_and_says_which_were_carried() -> None:
    root = ElementTree.fromstring(plot.draw([step(60, 100, 150), step(10, 40, 25), step(50, 190, 125)]))
    dots = [
        (dot.get("class"), float(dot.get("cx") or 0), float(dot.get("cy") or 0)) for dot in root.iter(f"{SVG}circle")
    ]
    assert [kind for kind, _, _ in dots] == ["dot", "dot", "missed"] * 2
    assert all(plot.LEFT <= x <= plot.RIGHT for _, x, _ in dots)
    for place, (top, bottom) in enumerate(plot.PANELS):
        assert all(top <= y <= bottom for _, _, y in dots[3 * place : 3 * place + 3])


@pytest.mark.parametrize("high", [0.7, 1.0, 9.0, 61.0, 240.0, 99_000.0])
def test_an_axis_ends_at_or_above_its_highest_value_and_has_few_numbers(high: float) -> None:
    ticks = plot._ticks(plot._round_up(high))
    assert ticks[-1] >= high
    assert 4 <= len(ticks) <= 9
