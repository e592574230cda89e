"""Kernels for CUDA, in Triton's language. Each does what a torch form does that lies one folder up, without its copies.

The torch forms are the reference, and what runs where `usable` says no.
"""

from importlib.util import find_spec

import torch
from torch import Tensor

PRESENT = find_spec("triton") is not None

DTYPES = frozenset({torch.float16, torch.bfloat16, torch.float32})


def usable(x: Tensor) -> bool:
    """Whether the kernels run on such a tensor. Nothing else decides it."""
    return PRESENT and x.is_cuda and x.dtype in DTYPES
