"""In which type of numbers a device runs the network."""

from typing import Any

import torch


def named(name: str, device: str | torch.device) -> torch.dtype:
    """The type of a name, such as "float16"; "auto" is the quickest on the device."""
    return quickest(device) if name == "auto" else getattr(torch, name)


def quickest(device: str | torch.device) -> torch.dtype:
    """The type that is quickest on a device and gives the same matte: half precision wherever there are instructions
    for it.

    On a CPU that is bfloat16, by AMX or AVX-512; without them it is emulated, many times slower than float32. float16
    is never quick there.
    """
    if torch.device(device).type != "cpu":
        return torch.float16
    # Older torch cannot tell, and other processors tell nothing of this name.
    told: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return torch.bfloat16 if told.get("avx512_bf16") else torch.float32
