"""Weights in oneDNN's own layout on the CPU, so that no call need rearrange them. A new kind of layer is a class here.

Plain layers rearrange their weights each time they run; in a UNet, with large weights and small pictures, that is a
third of the time in bfloat16 with AMX, and 6 % in float32 with AVX512 (measured on SD 1.5 at 256 px; where the picture
is small and the weights are large, single layers take half the time). Where it pays: `devices/device.py`.

The operators are those that torch.compile's frozen graphs call; they are private by name, so it is looked for them
first. Convolutions stay bit-identical, linear layers agree within rounding. The plain weights stay where they are:
whoever changes a weight replaces its `data`, which is noticed at the next use, and only that layer is packed again.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn

from studio.devices.device import has_avx512
from studio.engine.models import Network

DTYPES = (torch.float32, torch.bfloat16) if has_avx512() else (torch.float32,)
SIDE = 64  # latent cells


def can_pack() -> bool:
    """Whether this torch has the operators, and this processor oneDNN."""
    has_conv = hasattr(reordering(), "mkldnn_reorder_conv2d_weight") and hasattr(operators(), "_convolution_pointwise")
    has_linear = hasattr(operators(), "_reorder_linear_weight") and hasattr(operators(), "_linear_pointwise")
    return torch.backends.mkldnn.is_available() and has_conv and has_linear


def operators() -> Any:
    return torch.ops.mkldnn


def reordering() -> Any:
    """Where torch keeps the function that rearranges a convolution's weight."""
    inner: Any = vars(torch)["_C"]
    return getattr(inner, "_nn", None)


class PackedConv2d(nn.Conv2d):
    """A convolution that keeps its weight packed beside the plain one, and from what it was packed."""

    packed: Any
    source: Tensor | None

    def forward(self, input: Tensor) -> Tensor:
        is_plain = self.padding_mode != "zeros" or self.weight.dtype not in DTYPES
        if is_plain or input.dtype != self.weight.dtype:
            return super().forward(input)
        padding, stride, dilation = list(cast("Any", self.padding)), list(self.stride), list(self.dilation)
        if not is_current(self):
            plain = self.weight.data
            self.packed = reordering().mkldnn_reorder_conv2d_weight(
                plain.to_mkldnn(), padding, stride, dilation, self.groups, large(input)
            )
            self.source = plain
        settings = (padding, stride, dilation, self.groups, "none", [], "")
        return operators()._convolution_pointwise(input, self.packed, self.bias, *settings)


def large(input: Tensor) -> list[int]:
    """The size that a layout is chosen for: one for large pictures serves small ones well, but not the other way round.

    Without any size, convolutions of 1x1 get a layout that is thirty times slower.
    """
    batch, channels, height, width = input.shape
    return [batch, channels, max(SIDE, height), max(SIDE, width)]


class PackedLinear(nn.Linear):
    """A matrix that keeps its weight packed beside the plain one, and from what it was packed."""

    packed: Any
    source: Tensor | None

    def forward(self, input: Tensor) -> Tensor:
        if self.weight.dtype not in DTYPES or input.dtype != self.weight.dtype:
            return super().forward(input)
        if not is_current(self):
            rows = input.numel() // input.shape[-1]
            self.packed = operators()._reorder_linear_weight(self.weight.data, rows)
            self.source = self.weight.data
        return operators()._linear_pointwise(input, self.packed, self.bias, "none", [], "")


def is_current(layer: PackedConv2d | PackedLinear) -> bool:
    """The source is held, so that no other tensor can come to lie where it lay."""
    return layer.source is not None and layer.source.data_ptr() == layer.weight.data_ptr()


def pack(network: Network) -> Network:
    """The same network, whose layers are packed at their first use. What cannot be packed stays plain."""
    if not can_pack():
        return network
    for module in cast("nn.Module", network).modules():
        if type(module) is nn.Conv2d and module.padding_mode == "zeros" and not isinstance(module.padding, str):
            become(module, PackedConv2d)
        elif type(module) is nn.Linear:
            become(module, PackedLinear)
    return network


def is_packed(network: Network) -> bool:
    return any(isinstance(module, PackedConv2d | PackedLinear) for module in cast("nn.Module", network).modules())


def unpack(network: Network) -> Network:
    """Plain layers again; their weights never were anything else."""
    for module in cast("nn.Module", network).modules():
        if isinstance(module, PackedConv2d | PackedLinear):
            del module.packed, module.source
            turn(module, nn.Conv2d if isinstance(module, PackedConv2d) else nn.Linear)
    return network


def become(module: nn.Module, kind: type[nn.Module]) -> None:
    turn(module, kind)
    state: Any = module
    state.packed, state.source = None, None


def turn(module: Any, kind: type[nn.Module]) -> None:
    module.__class__ = kind
