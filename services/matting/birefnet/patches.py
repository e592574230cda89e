"""The picture cut into blocks that lie on top of one another as channels, so that it fits a smaller map.

This is no pixel-unshuffle: a block is a piece of the picture. Checkpoints were trained with one of two orders of the
channels, and a wrong one loads without complaint.
"""

from typing import Literal

from torch import Tensor

PatchOrder = Literal["colour-first", "column-first"]
"""`colour-first`: colour, row of blocks, column of blocks. `column-first`, until November 2024: column, row, colour."""


def stack_patches(picture: Tensor, size: tuple[int, int], order: PatchOrder) -> Tensor:
    """B x 3·rows·columns x h x w from B x 3 x H x W; `size` is (h, w), which divide H and W."""
    height, width = size
    batch, colours = picture.shape[:2]
    rows, columns = picture.shape[2] // height, picture.shape[3] // width
    blocks = picture.reshape(batch, colours, rows, height, columns, width)
    turned = (0, 1, 2, 4, 3, 5) if order == "colour-first" else (0, 4, 2, 1, 3, 5)
    return blocks.permute(turned).reshape(batch, colours * rows * columns, height, width)
