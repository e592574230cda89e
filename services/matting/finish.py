"""The finish: from a picture and its alpha to clean straight RGBA."""

from popcon.imaging import unmix
from popcon.imaging.arrays import Pixels, Plane
from popcon.imaging.background import Background, estimate_background


def finish(rgb: Pixels, alpha: Plane, background: Background | None = None) -> Pixels:
    """HxWx4 uint8 straight RGBA of an HxWx3 uint8 picture and its alpha (HxW float32, 0..1), RGB 0 where alpha is 0.

    Colours are freed of the background by exact unmixing, so that no light rim shows on a dark chat. `background` is
    estimated where it is not given.
    """
    background = background or estimate_background(rgb)
    return unmix.separate(rgb, background.field, alpha)
