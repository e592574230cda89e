"""Kernels for CUDA, in Triton's language. Each does what a torch form does that lies one folder up, without its copies.

The torch forms are the reference, and what runs where `usable` says no.
"""

import torch
from torch import Tensor

try:
    import triton.language  # noqa: F401
except ImportError:
    PRESENT = False
else:
    PRESENT = True

DTYPES = frozenset({torch.float16, torch.bfloat16, torch.float32})


def usable(x: Tensor) -> bool:
    """Whether the kernels run on such a tensor. Nothing else decides it."""
    return PRESENT and x.is_cuda and x.dtype in DTYPES
