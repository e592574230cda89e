"""Characters drawn for the tests, as straight RGBA with true alpha."""

import io

import numpy as np
import resvg_py
from PIL import Image

BOLD = """<g stroke="#2b1a12" stroke-width="12"><ellipse cx="256" cy="380" rx="100" ry="90" fill="#f08a24"/>
<circle cx="256" cy="210" r="125" fill="#f08a24"/><ellipse cx="256" cy="395" rx="58" ry="55" fill="#fff"/></g>
<circle cx="210" cy="205" r="18" fill="#2b1a12"/><circle cx="302" cy="205" r="18" fill="#2b1a12"/>"""
PASTEL = """<g stroke="#d9a3ad" stroke-width="3" fill="#fff0ea"><circle cx="256" cy="240" r="120"/>
<ellipse cx="256" cy="410" rx="80" ry="75"/></g><circle cx="216" cy="235" r="8" fill="#7a5a5a"/>"""
BARE = (
    """<ellipse cx="256" cy="280" rx="150" ry="140" fill="#ffe9c9"/><circle cx="200" cy="260" r="14" fill="#503018"/>"""
)
SPARKS = """<g fill="#ffd21e"><path d="M430 60 l10 28 28 10 -28 10 -10 28 -10 -28 -28 -10 28 -10z"/>
<circle cx="80" cy="120" r="14"/></g>"""
CHARACTERS = {"bold": BOLD, "pastel": PASTEL, "bare": BARE, "sparks": BOLD + SPARKS}


def draw(body: str, side: int = 256) -> np.ndarray:
    """The shapes (in a square of 512 units) as side x side x 4 uint8, RGB 0 where alpha is 0."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="{side}" height="{side}">{body}</svg>'
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg))
    return np.array(Image.open(io.BytesIO(png)).convert("RGBA"))


def opaque(rgb: np.ndarray) -> np.ndarray:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def smooth_field(side: int = 256) -> np.ndarray:
    """A background that drifts by 30 grey levels over the picture, floats."""
    y, x = np.mgrid[0:side, 0:side] / (side - 1)
    return np.stack([250 - 30 * y, 240 - 20 * x, 235 + 10 * x * y], axis=2)


def over_field(rgba: np.ndarray, field: np.ndarray) -> np.ndarray:
    alpha = rgba[..., 3:] / 255.0
    return np.rint(rgba[..., :3] * alpha + field * (1 - alpha)).astype(np.uint8)


def noisy(rgb: np.ndarray, deviation: float, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.clip(np.rint(rgb + random.normal(0, deviation, rgb.shape)), 0, 255).astype(np.uint8)
