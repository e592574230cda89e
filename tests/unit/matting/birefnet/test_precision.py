"""Which type of numbers a device gets."""

from typing import Any

import pytest
import torch

from services.matting.birefnet import precision


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"avx512_bf16": True, "amx_bf16": True}, torch.bfloat16),
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"avx512_f": True, "avx512_bf16": False}, torch.float32),
        ({"neon": True}, torch.float32),
    ],
)
def test_a_cpu_gets_half_precision_where_it_has_instructions_for_it(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told)
    assert precision.quickest("cpu") == expected


def test_a_torch_that_cannot_tell_stays_in_single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert precision.quickest("cpu") == torch.float32


def test_a_gpu_gets_half_precision() -> None:
    assert precision.quickest("cuda:1") == torch.float16
