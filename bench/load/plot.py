"""The knee as a picture: what was carried, and how long the API took, over what was offered.

An SVG written by hand, with a ground of its own in a light and a dark form, so that it can be read on any page.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.load.phases import Step

PICTURE = Path(__file__).parents[2] / "docs/images/load_knee.svg"

WIDTH, HEIGHT = 720, 540
LEFT, RIGHT = 64, 704
PANELS = ((46, 292), (362, 490))
"""Top and bottom edge of each."""

_STYLE = """
  .ground { fill: #ffffff } text { fill: #1f2328; font: 13px system-ui, sans-serif } .title { font-weight: 600 }
  .grid { stroke: #d8dee4 } .axis { stroke: #59636e } .ideal { stroke: #59636e; stroke-dasharray: 5 4; fill: none }
  .line { stroke: #0969da; stroke-width: 2.5; fill: none } .dot { fill: #0969da } .missed { fill: #ffffff }
  .dot, .missed { stroke: #0969da; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #e6edf3 } .grid { stroke: #2b323b } .axis, .ideal { stroke: #9198a1 }
    .line, .dot, .missed { stroke: #58a6ff } .dot { fill: #58a6ff } .missed { fill: #0d1117 }
  }
"""


def write(steps: Sequence[Step]) -> None:
    """Draws the steps of a run."""
    PICTURE.write_text(draw(steps))


def draw(steps: Sequence[Step]) -> str:
    """The picture's text. `steps`: at least one."""
    # Over what arrived, not over the rate: in a short step chance makes it a quarter more or less.
    steps = sorted(steps, key=lambda step: step.offered.arrived)
    carried = [(step.offered.arrived, step.results, step.carried) for step in steps]
    p99 = [(step.offered.arrived, step.offered.percentile(0.99) * 1e3, step.carried) for step in steps]
    most = steps[-1].offered.arrived
    results = _Panel(PANELS[0], _round_up(most), _round_up(max(4 * most, *(y for _, y, _ in carried))))
    latency = _Panel(PANELS[1], _round_up(most), _round_up(max(y for _, y, _ in p99)))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Results per second and the API's p99 over the actions that are offered per second</title>",
        f'<style>{_STYLE}</style><rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
        *results.frame("Results per second; dashed: four per action, as many as are offered"),
        results.path([(0.0, 0.0), (most, 4 * most)], "ideal"),
        *results.curve(carried),
        *latency.frame("p99 of the API, ms"),
        *latency.curve(p99),
        f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">'
        "actions offered per second (filled: carried)</text>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True)
class _Panel:
    """Where values fall: both axes begin at 0 and end at `right` and `high`."""

    edges: tuple[int, int]
    right: float
    high: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        top, bottom = self.edges
        return LEFT + x / self.right * (RIGHT - LEFT), bottom - y / self.high * (bottom - top)

    def frame(self, title: str) -> list[str]:
        """Title, grid and the numbers on the axes."""
        parts = [f'<text class="title" x="{LEFT}" y="{self.edges[0] - 14}">{title}</text>']
        for value in _ticks(self.high):
            (x, y), (end, _) = self.place(0, value), self.place(self.right, value)
            parts.append(f'<path class="{"grid" if value else "axis"}" d="M{x:.1f} {y:.1f}H{end:.1f}"/>')
            parts.append(f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
        for value in _ticks(self.right):
            x, y = self.place(value, 0)
            parts.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{value:g}</text>')
        return parts

    def path(self, values: Sequence[tuple[float, float]], kind: str) -> str:
        steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in (self.place(*value) for value in values))
        return f'<path class="{kind}" d="M{steps}"/>'

    def curve(self, values: Sequence[tuple[float, float, bool]]) -> list[str]:
        """A line with a dot for each value, filled or not."""
        dots = [(*self.place(x, y), "dot" if filled else "missed") for x, y, filled in values]
        line = self.path([(x, y) for x, y, _ in values], "line")
        return [line, *(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>' for x, y, kind in dots)]


def _step(high: float) -> float:
    """Between two numbers of an axis: 1, 2 or 5 times a power of ten, so that there are 3 to 7 of them."""
    power = 10 ** math.floor(math.log10(high / 3))
    return next(factor * power for factor in (5, 2, 1) if factor * power <= high / 3)


def _round_up(high: float) -> float:
    return math.ceil(high / _step(high)) * _step(high)


def _ticks(high: float) -> list[float]:
    return [number * _step(high) for number in range(round(high / _step(high)) + 1)]
