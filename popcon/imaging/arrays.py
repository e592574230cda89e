"""Names for the arrays that image code hands around."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""8-bit sRGB, HxWx3 or HxWx4; the fourth channel is straight alpha."""

Plane = NDArray[np.float32]
"""HxW floats; an alpha is 0..1."""

Colours = NDArray[np.float32]
"""...x3 floats, 8-bit sRGB scale, 0..255."""

Mask = NDArray[np.bool_]
"""HxW."""

Box = tuple[int, int, int, int]
"""left, top, right, bottom in pixels; right and bottom exclusive."""
