"""Exact algebra: a network's linear steps, joined where nothing lies between them. Its logits stay what they were.

- a convolution and the normalisation after it are one convolution;
- the finest level up to the logits is linear, so it is made with one channel: no wide map at full size;
- the same for the squeezed map on its way into the decoder, which is never made at its full width;
- offsets and masks are one convolution; the attention's position bias is looked up once.

All is computed in float64 and put back as float32; cast and move the network afterwards.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from services.matting.birefnet.decoder import ASPPDeformable, BasicDecBlk, Decoder, DeformableBranch, PatchBlock
from services.matting.birefnet.network import BiRefNet
from services.matting.birefnet.swin import WindowAttention


@torch.no_grad()
def fold(model: BiRefNet) -> BiRefNet:
    """Folds a network with float32 weights on the CPU, in place, and returns it. Once only."""
    model.eval().double()
    for module in model.modules():
        _fold_norms(module)
        if isinstance(module, WindowAttention):
            module.freeze()
    _fold_tail(model.decoder)
    squeeze = model.squeeze_module[0]
    assert isinstance(squeeze, BasicDecBlk)
    _fold_squeeze(squeeze, model.decoder.decoder_block4)
    return model.float().requires_grad_(False)


def _fold_norms(module: nn.Module) -> None:
    match module:
        case BasicDecBlk():
            module.conv_in, module.bn_in = _joined(module.conv_in, module.bn_in), nn.Identity()
            module.conv_out, module.bn_out = _joined(module.conv_out, module.bn_out), nn.Identity()
        case ASPPDeformable():
            module.conv1, module.bn1 = _joined(module.conv1, module.bn1), nn.Identity()
            pool, conv, norm, relu = module.global_avg_pool
            module.global_avg_pool = nn.Sequential(pool, _joined(conv, norm), relu)
        case DeformableBranch():
            conv = module.atrous_conv
            conv.regular_conv, module.bn = _joined(conv.regular_conv, module.bn), nn.Identity()
            conv.offset_conv, conv.modulator_conv = _beside(conv.offset_conv, conv.modulator_conv), None
        case nn.Sequential() if len(module) == 3 and isinstance(module[1], nn.BatchNorm2d):
            module[0], module[1] = _joined(module[0], module[1]), nn.Identity()


def _joined(conv: nn.Module, norm: nn.Module) -> nn.Conv2d:
    assert isinstance(norm, nn.BatchNorm2d)
    return torch.nn.utils.fuse_conv_bn_eval(_conv(conv), norm)


def _conv(module: nn.Module) -> nn.Conv2d:
    assert isinstance(module, nn.Conv2d)
    return module


def _beside(one: nn.Conv2d, other: nn.Conv2d | None) -> nn.Conv2d:
    """Two convolutions of the same map as one, the outputs of the first before those of the second."""
    assert other is not None
    assert one.bias is not None
    assert other.bias is not None
    return _convolution(torch.cat((one.weight, other.weight)), torch.cat((one.bias, other.bias)))


def _fold_tail(decoder: Decoder) -> None:
    head, block, patches = _conv(decoder.conv_out1[0]), decoder.decoder_block1, decoder.ipt_blk1
    assert isinstance(patches, PatchBlock)
    wide = _conv(block.conv_out)
    coarse, fine = head.weight.split([wide.out_channels, patches.conv_out.out_channels], 1)
    block.conv_out = _mixed(wide, coarse, head.bias)
    decoder.ipt_blk1 = ConvPair(patches.conv1, _mixed(patches.conv_out, fine, None))
    decoder.conv_out1 = nn.Sequential(Sum())


def _mixed(conv: nn.Conv2d, mix: Tensor, bias: Tensor | None) -> nn.Conv2d:
    """A convolution and the 1x1 convolution after it (weight `mix`, O x I x 1 x 1) as one."""
    assert conv.bias is not None
    matrix = mix[:, :, 0, 0]
    shift = matrix @ conv.bias
    return _convolution(torch.einsum("oi,icyx->ocyx", matrix, conv.weight), shift if bias is None else shift + bias)


def _fold_squeeze(squeeze: BasicDecBlk, block: BasicDecBlk) -> None:
    out, conv = _conv(squeeze.conv_out), _conv(block.conv_in)
    squeezed, patches = conv.weight.split([out.out_channels, conv.in_channels - out.out_channels], 1)
    pair = ConvPair(out, _convolution(squeezed, conv.bias))
    block.conv_in = SplitConv(pair, _convolution(patches, None), out.in_channels)
    squeeze.conv_out = nn.Identity()


@torch.no_grad()
def _convolution(weight: Tensor, bias: Tensor | None) -> nn.Conv2d:
    outputs, inputs, kernel, _ = weight.shape
    conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=bias is not None, dtype=weight.dtype)
    conv.weight.copy_(weight)
    if bias is not None:
        assert conv.bias is not None
        conv.bias.copy_(bias)
    return conv


class Sum(nn.Module):
    """B x C x H x W to B x 1 x H x W: all channels together."""

    def forward(self, x: Tensor) -> Tensor:
        return x.sum(1, keepdim=True)


class SplitConv(nn.Module):
    """A convolution over two maps laid side by side, the first of which has `first` channels."""

    def __init__(self, left: nn.Module, right: nn.Module, first: int) -> None:
        super().__init__()
        self.left, self.right, self.first = left, right, first

    def forward(self, x: Tensor) -> Tensor:
        left, right = torch.split(x, [self.first, x.shape[1] - self.first], 1)
        return self.left(left) + self.right(right)


class ConvPair(nn.Module):
    """Two 3x3 convolutions, one upon the other, as one of 5x5.

    They differ in the outermost ring of pixels: there the second reads zeros where the 5x5 reads what the first would
    have made outside of the map. So the ring is made by both, from strips three pixels wide.
    """

    def __init__(self, first: nn.Conv2d, second: nn.Conv2d) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.whole = _convolution(_composed(first.weight, second.weight), _shift(first, second))

    def forward(self, x: Tensor) -> Tensor:
        out = self.whole(x)
        for side in (2, 3):
            length = x.shape[side]
            out.narrow(side, 0, 1).copy_(self._strip(x.narrow(side, 0, min(3, length))).narrow(side, 0, 1))
            last = self._strip(x.narrow(side, max(0, length - 3), min(3, length)))
            out.narrow(side, length - 1, 1).copy_(last.narrow(side, last.shape[side] - 1, 1))
        return out

    def _strip(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))


def _composed(first: Tensor, second: Tensor) -> Tensor:
    """The 5x5 kernel of two 3x3 ones: a full convolution of them, summed over the channels between."""
    # conv2d correlates, so turning one of them makes it the full convolution of both.
    return F.conv2d(first.transpose(0, 1), second.flip(2, 3), padding=2).transpose(0, 1)


def _shift(first: nn.Conv2d, second: nn.Conv2d) -> Tensor:
    assert first.bias is not None
    shift = torch.einsum("ocyx,c->o", second.weight, first.bias)
    return shift if second.bias is None else shift + second.bias
