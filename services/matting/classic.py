"""Matting by `classic`: the background model of the border, with soft edges by unmixing. No model, no weights."""

from popcon.imaging.arrays import Pixels, Plane
from popcon.imaging.background import Background
from popcon.imaging.keying import key_background


def matte(rgb: Pixels, background: Background | None = None) -> Plane:
    """Alpha, HxW float32 0..1, of an HxWx3 uint8 frame on a plain background (estimated where it is not given).

    Soft halos that melt into the background are left out: whether such a halo is a glow or a shadow is for the rescue
    to judge.
    """
    return key_background(rgb, background)
