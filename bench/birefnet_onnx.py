"""The network as ONNX, for the runtimes that `birefnet_cpu` compares: deformable convolution is one node."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as F
from torch import Tensor

from services.matting.birefnet.decoder import ASPPDeformable
from services.matting.birefnet.deform import deform_conv2d
from services.matting.birefnet.network import BiRefNet

OPSET = 20
"""DeformConv came with 19."""


@torch.library.custom_op("popcon_bench::deform", mutates_args=())
def _deform(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return deform_conv2d(x, offset, mask, weight, bias)


@_deform.register_fake
def _(x: Tensor, _offset: Tensor, _mask: Tensor, weight: Tensor, _bias: Tensor) -> Tensor:
    return x.new_empty(x.shape[0], weight.shape[0], *x.shape[2:])


def _as_node(op: Any) -> Callable[..., Any]:
    def translated(x: Any, offset: Any, mask: Any, weight: Any, bias: Any) -> Any:
        kernel = list(weight.shape[2:])
        return op.DeformConv(x, weight, offset, bias, mask, kernel_shape=kernel, pads=[kernel[0] // 2] * 4)

    return translated


def _aspp(self: ASPPDeformable, x: Tensor) -> Tensor:
    """The folded block without writing in place, which ONNX knows only as copies."""
    made = []
    for branch in (self.aspp1, *self.aspp_deforms):
        conv = branch.atrous_conv
        offset, mask = conv.offset_conv(x).split([2 * conv.taps, conv.taps], 1)
        regular = conv.regular_conv
        made.append(F.relu(_deform(x, offset, 2 * torch.sigmoid(mask), regular.weight, regular.bias)))
    whole = self.global_avg_pool(x).expand(-1, -1, *x.shape[2:])
    return F.relu(self.conv1(torch.cat((*made, whole), 1)))


def written(network: BiRefNet, x: Tensor, folder: Path) -> Path:
    """A folded float32 network for pictures of the shape of `x`, in a folder that may have it already. Needs onnx and
    onnxscript."""
    from onnxscript import opset20

    file = folder / "network.onnx"
    if not file.exists():
        table = {torch.ops.popcon_bench.deform.default: _as_node(opset20)}
        with mock.patch.object(ASPPDeformable, "forward", _aspp), contextlib.redirect_stdout(sys.stderr):
            made = torch.onnx.export(
                network, (x,), dynamo=True, opset_version=OPSET, custom_translation_table=table, verbose=False
            )
        assert made is not None
        made.save(str(file), external_data=True)
    return file


def openvino_core() -> Any:
    """OpenVINO with the one node that it has but does not find in ONNX."""
    import openvino
    from openvino import opset8
    from openvino.frontend.onnx import ConversionExtension

    def deform(node: Any) -> Any:
        x, weight, offset, bias, mask = (node.get_input(i) for i in range(5))
        pads = node.get_attribute("pads")
        made = opset8.deformable_convolution(
            x, offset, weight, [1, 1], pads[:2], pads[2:], [1, 1], mask=mask, bilinear_interpolation_pad=True
        )
        return opset8.add(made, opset8.unsqueeze(bias, [0, 2, 3])).outputs()

    core = openvino.Core()
    core.add_extension(ConversionExtension("DeformConv", deform))
    return core
