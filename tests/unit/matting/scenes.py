"""A character, effects around it and things that are no effects, drawn with true alpha for the tests of matting."""

import io

import numpy as np
import resvg_py
from PIL import Image

SIDE = 256
CHARACTER = """<g stroke="#2b1a12" stroke-width="12"><ellipse cx="256" cy="370" rx="90" ry="80" fill="#f08a24"/>
<circle cx="256" cy="220" r="115" fill="#f08a24"/><ellipse cx="256" cy="385" rx="50" ry="46" fill="#fff"/></g>
<circle cx="215" cy="210" r="18" fill="#2b1a12"/><circle cx="297" cy="210" r="18" fill="#2b1a12"/>"""
EFFECTS = {
    "spark": '<path d="M440 70 l12 32 32 12 -32 12 -12 32 -12 -32 -32 -12 32 -12z" fill="#ffd21e"/>',
    "tear": '<path d="M440 200 q-26 44 0 58 q26 -14 0 -58z" fill="#7fd0ff" stroke="#2f86c8" stroke-width="4"/>',
    "heart": '<path d="M70 150 c-18 -34 -64 -2 0 44 c64 -46 18 -78 0 -44z" fill="#ff5c8a"/>',
    "white heart": '<path d="M70 150 c-18 -34 -64 -2 0 44 c64 -46 18 -78 0 -44z" fill="#fff" stroke="#d37" '
    'stroke-width="7"/>',
    "motion lines": '<path d="M40 300 l44 8 M36 350 l48 0" stroke="#333" stroke-width="7" stroke-linecap="round"/>',
    "glow": '<defs><radialGradient id="g"><stop stop-color="#ffd21e" stop-opacity=".9"/>'
    '<stop offset="1" stop-color="#ffd21e" stop-opacity="0"/></radialGradient></defs>'
    '<circle cx="430" cy="410" r="70" fill="url(#g)"/>',
}
SHADOW = """<defs><radialGradient id="s"><stop stop-opacity=".5"/><stop offset="1" stop-opacity="0"/></radialGradient>
</defs><ellipse cx="256" cy="455" rx="150" ry="26" fill="url(#s)"/>"""
BORDER_LINE = '<rect y="506" width="512" height="6" fill="#888"/>'
SPECKS = '<circle cx="40" cy="40" r="1.2" fill="#777"/><circle cx="480" cy="300" r="1.2" fill="#555"/>'


def draw(body: str, side: int = SIDE) -> np.ndarray:
    """The shapes (in a square of 512 units) as side x side x 4 uint8 straight RGBA, RGB 0 where alpha is 0."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="{side}" height="{side}">{body}</svg>'
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg))
    return np.array(Image.open(io.BytesIO(png)).convert("RGBA"))


def alpha_of(rgba: np.ndarray) -> np.ndarray:
    return (rgba[..., 3] / 255.0).astype(np.float32)


def noisy(rgb: np.ndarray, deviation: float, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.clip(np.rint(rgb - 2.0 * deviation + random.normal(0, deviation, rgb.shape)), 0, 255).astype(np.uint8)


def as_jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=quality)
    return np.array(Image.open(out))
