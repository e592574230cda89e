"""Characters to play with, drawn small so that whole loops are quick."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import resvg_py

from popcon.imaging.arrays import Pixels

SIDE = 160


def _draw(body: str, side: int = SIDE) -> Pixels:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 160 160">{body}</svg>'
    data = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    bgra = cv2.imdecode(np.frombuffer(bytes(data), np.uint8), cv2.IMREAD_UNCHANGED)
    return np.asarray(cv2.cvtColor(np.asarray(bgra, np.uint8), cv2.COLOR_BGRA2RGBA), np.uint8)


BODY = '<path d="M40 140 C28 60 50 30 80 30 C110 30 132 60 120 140 Z" fill="#3a8" stroke="#143" stroke-width="4"/>'
ARMS = '<path d="M44 90 L22 112 M116 90 L138 112" stroke="#143" stroke-width="9" stroke-linecap="round"/>'
EYES = '<ellipse cx="65" cy="68" rx="5" ry="7"/><ellipse cx="95" cy="68" rx="5" ry="7"/>'
FIGURE = ARMS + BODY + EYES


@pytest.fixture(scope="session")
def draw_svg() -> Callable[..., Pixels]:
    """SVG markup on a 160x160 view box to straight RGBA."""
    return _draw


@pytest.fixture(scope="session")
def figure() -> Pixels:
    """A green character with arms and two eyes, 160x160, straight RGBA."""
    return _draw(FIGURE)


@pytest.fixture(scope="session")
def large_figure() -> Pixels:
    """The same, 512x512."""
    return _draw(FIGURE, 512)
