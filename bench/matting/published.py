"""The published recipe: small blobs of non-white pixels that the mask removed are put back."""

import cv2
import numpy as np

from bench.matting.case import Mask, Pixels, Plane

_BELOW_WHITE = 15
_SHARE = 0.02
_SOLID = 0.5
_WHITE = np.full(3, 255, np.float32)


def put_back(frame: Pixels, alpha: Plane) -> Plane:
    """The alpha of an HxWx3 uint8 RGB frame with small non-white blobs added: HxW float32 0..1.

    Non-white is a channel below 240. 8-connected components of non-white pixels that the mask removed are put back as
    solid where they cover at most 2 % of the frame, with an edge blurred by 3x3.
    """
    return _with_blobs(_unlike(frame, _WHITE), alpha)


def put_back_any_colour(frame: Pixels, alpha: Plane) -> Plane:
    """The same for a background of any colour, which the recipe does not promise: the median of the frame's border
    takes the place of white."""
    border = np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]])
    return _with_blobs(_unlike(frame, np.median(border, axis=0).astype(np.float32)), alpha)


def _unlike(frame: Pixels, colour: Plane) -> Mask:
    return np.asarray(np.abs(frame - colour).max(axis=2) > _BELOW_WHITE, np.bool_)


def _with_blobs(seen: Mask, alpha: Plane) -> Plane:
    removed = (seen & (alpha < _SOLID)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(removed, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] <= _SHARE * removed.size
    small[0] = False
    soft = cv2.GaussianBlur(small[labels].astype(np.float32), (3, 3), 0)
    return np.asarray(np.maximum(alpha, soft), np.float32)
