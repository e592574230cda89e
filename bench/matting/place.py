"""Where an effect goes: free, close to the character, touching it, over it or behind it."""

import cv2
import numpy as np

from bench.matting.canvas import Patch, moved
from bench.matting.case import Mask, Plane

COARSE = 4  # pixels to a cell of the grid on which places are searched
PLACES = ("free", "close", "touching", "over", "behind")
_SHARES = {
    "burst": (0.0, 0.0, 0.0, 0.0, 1.0),
    "glow": (0.3, 0.1, 0.1, 0.1, 0.4),
    "cloud": (0.4, 0.2, 0.2, 0.1, 0.1),
    "shock lines": (0.1, 0.3, 0.5, 0.1, 0.0),
    "confetti": (0.3, 0.1, 0.1, 0.4, 0.1),
}
_USUAL = (0.42, 0.22, 0.16, 0.14, 0.06)


def placed(
    random: np.random.Generator, patch: Patch, kind: str, character: Plane, taken: Mask
) -> tuple[Patch, bool] | None:
    """The patch (around (0, 0)) at its place, and whether it lies behind the character; None where there is no room.

    `character`: HxW alpha. `taken`: HxW, where other effects are; nine in ten keep off them.
    """
    where = str(random.choice(PLACES, p=_SHARES.get(kind, _USUAL)))
    if kind == "burst":
        return _around(random, patch, character), True
    apart = random.random() < 0.9
    centre = _search(random, patch, where, character > 0.3, taken if apart else np.zeros_like(taken))
    if centre is None and where != "free":
        centre = _search(random, patch, "free", character > 0.3, taken)
    return None if centre is None else (moved(patch, *centre), where == "behind")


def _around(random: np.random.Generator, patch: Patch, character: Plane) -> Patch:
    """Behind the middle of the character, a little off it."""
    rows, columns = np.nonzero(character > 0.5)
    shift = 0.06 * character.shape[0]
    return moved(patch, columns.mean() + random.uniform(-shift, shift), rows.mean() + random.uniform(-shift, shift))


def _search(
    random: np.random.Generator, patch: Patch, where: str, body: Mask, taken: Mask
) -> tuple[float, float] | None:
    """A random centre (x, y) of all that fit, on a coarse grid."""
    cells = (-(-body.shape[0] // COARSE),) * 2
    stamp = _shrunk(patch.rgba[..., 3] > 0.05)
    share = _overlap(body, stamp, cells)
    fits = _inside(stamp.shape, cells) & (_overlap(_grown(taken, 10), stamp, cells) == 0)
    if where == "free":
        fits &= _overlap(_grown(body, 14), stamp, cells) == 0
    elif where == "close":
        fits &= (_overlap(_grown(body, 2), stamp, cells) == 0) & (_overlap(_grown(body, 10), stamp, cells) > 0)
    elif where == "touching":
        fits &= (share > 0.003) & (share < 0.1)
    elif where == "over":
        fits &= (share > 0.12) & (share < 0.5)
    else:
        fits &= (share > 0.15) & (share < 0.65)
    rows, columns = np.nonzero(fits)
    if not len(rows):
        return None
    pick = int(random.integers(len(rows)))
    height, width = stamp.shape
    left, top = (columns[pick] - width // 2) * COARSE, (rows[pick] - height // 2) * COARSE
    jitter = random.integers(0, COARSE, 2)
    return float(left - patch.left + jitter[0] - 1), float(top - patch.top + jitter[1] - 1)


def _shrunk(mask: Mask) -> Mask:
    """On the coarse grid: cells in which any pixel is set."""
    height, width = mask.shape
    padded = cv2.copyMakeBorder(
        mask.astype(np.uint8) * 255, 0, -height % COARSE, 0, -width % COARSE, cv2.BORDER_CONSTANT, value=0
    )
    cells = cv2.resize(padded, None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA)
    return np.asarray(cells > 0, np.bool_)


def _overlap(mask: Mask, stamp: Mask, cells: tuple[int, int]) -> Plane:
    """For each cell: the share of the stamp, centred there, that lies on the mask."""
    coarse = _shrunk(mask).astype(np.float32)
    total = float(stamp.sum())
    share = cv2.filter2D(coarse, -1, stamp.astype(np.float32) / total, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(np.where(share * total < 0.5, 0, share), np.float32)[: cells[0], : cells[1]]


def _inside(stamp: tuple[int, int], cells: tuple[int, int]) -> Mask:
    """Cells at which the stamp, centred, keeps a margin to the frame's border; a large one may come up to it."""
    fits = np.zeros(cells, np.bool_)
    margin = 2 if max(stamp) < cells[0] // 3 else 0
    top, left = stamp[0] // 2 + margin, stamp[1] // 2 + margin
    bottom, right = cells[0] - (stamp[0] - stamp[0] // 2) - margin, cells[1] - (stamp[1] - stamp[1] // 2) - margin
    fits[top : max(bottom, top), left : max(right, left)] = True
    return fits


def _grown(mask: Mask, pixels: int) -> Mask:
    brush = np.ones((2 * pixels + 1,) * 2, np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), brush), np.bool_)
