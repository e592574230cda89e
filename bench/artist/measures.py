"""What must hold for every loop: it closes, it keeps clear of the border, and its body keeps its size."""

import numpy as np
from numpy.typing import NDArray

from bench.artist.loops import Frames, Loop
from popcon.catalog.limits import CLIP_SIDE
from popcon.catalog.presets import Preset
from popcon.imaging.arrays import Pixels
from popcon.imaging.resize import premultiply
from popcon.puppet.anatomy import FAINT, study
from popcon.puppet.motions import MOTIONS
from popcon.puppet.pose import targets

RIM = 2
"""Rows and columns at each border of a clip that stay empty; fewer of a smaller picture."""
LATTICE = 24
AREA = 0.15
"""How far the area of a body may be from that of its start frame, as a share."""


def seam(frames: Frames) -> float:
    """The step from the last frame to the first, relative to the median step between neighbours. A step is the mean
    absolute difference of premultiplied RGBA."""
    planes = [premultiply(frame) for frame in frames]
    steps = [float(np.abs(a - b).mean()) for a, b in zip(planes, [*planes[1:], planes[0]], strict=True)]
    return steps[-1] / max(float(np.median(steps)), 1e-9)


def at_border(frames: Frames) -> bool:
    """Whether anything that can be seen lies in the outermost rows or columns of a frame."""
    width = max(1, RIM * frames.shape[1] // CLIP_SIDE)
    rim = np.ones(frames.shape[1:3], bool)
    rim[width:-width, width:-width] = False
    return bool((frames[..., 3][:, rim] > FAINT).any())


def areas(loop: Loop) -> NDArray[np.float64]:
    """The area of the body's silhouette in each frame, relative to the start frame's."""
    drawn = loop.body[..., 3].sum(axis=(1, 2), dtype=np.float64)
    return np.asarray(drawn / (loop.camera.scale**2 * loop.start[..., 3].sum(dtype=np.float64)))


def area_kept(least: float, most: float) -> bool:
    """Whether relative areas between `least` and `most` are within `AREA` of the start frame's."""
    return max(1 - least, most - 1) <= AREA


def posed_areas(start: Pixels, preset: Preset, phases: int = 20) -> NDArray[np.float64]:
    """The same by the poses' own numbers: the mean area that a pose gives to unit squares spread over the body."""
    body = study(start).body
    y, x = np.nonzero(start[..., 3] > 127)
    every = max(1, len(x) // LATTICE**2)
    corner = np.stack([x[::every], y[::every]], axis=1).astype(np.float32)
    out = []
    for phase in np.arange(phases) / phases:
        pose = MOTIONS[preset.motion].pose(float(phase))
        here, right, down = (
            targets(pose, body, corner + np.array(step, np.float32)) for step in ([0, 0], [1, 0], [0, 1])
        )
        (a, b), (c, d) = (right - here).T, (down - here).T
        out.append(float(np.mean(a * d - b * c)))
    return np.array(out)
