"""Which pixels of a finished matte each rescued effect accounts for: its own, and what was put back around them."""

import cv2
import numpy as np

from popcon.imaging.arrays import Mask, Pixels
from popcon.imaging.masks import border, connected, grown, nearest

_REACH = 12  # pixels: as far as the rescue spreads an effect beyond its own pixels


def owners(numbers: Pixels, pristine: Pixels, finished: Pixels) -> Pixels:
    """HxW uint8: the number of the effect that put each pixel back, 0 for none. `numbers`: HxW, each effect's own
    pixels, as `effects/NNNN.png` has them; the mattes are HxWx4 of the same frame."""
    own = numbers > 0
    if not own.any():
        return numbers
    outside = connected(~own, border(own.shape))
    gained = (finished[..., 3] > pristine[..., 3]) & (grown(own, _REACH) | ~outside)
    reached = _joined(own | gained, own)
    return np.where(reached, numbers[nearest(own)], np.uint8(0))


def _joined(mask: Mask, seed: Mask) -> Mask:
    """The 8-connected parts of a mask that hold a pixel of the seed."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    held = np.zeros(int(labels.max()) + 1, bool)
    held[labels[seed]] = True
    return np.asarray(held[labels], np.bool_)
