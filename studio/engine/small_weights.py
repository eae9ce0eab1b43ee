"""Weights kept in eight bits, half of what they take else, and computed in the precision of what comes in.

The format is e4m3 (Micikevicius et al. 2022, arXiv 2209.05433): 3 bits behind the leading one, so each weight is off by
up to 6 %. Only the matrices are kept so; biases and norms, which take nearly nothing, stay as they are. A new kind of
layer is a class here and a row of KINDS.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.domain.errors import BadRequest
from studio.domain.model_settings import FP8_CHOICES
from studio.engine.models import Network

FP8 = torch.float8_e4m3fn
OFF, FOR_SDXL, ON = FP8_CHOICES


class Fp8Conv2d(nn.Conv2d):
    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight.to(input.dtype), self.bias)


class Fp8Linear(nn.Linear):
    def forward(self, input: Tensor) -> Tensor:
        return functional.linear(input, self.weight.to(input.dtype), self.bias)


KINDS: tuple[tuple[type[nn.Module], type[nn.Module]], ...] = ((nn.Conv2d, Fp8Conv2d), (nn.Linear, Fp8Linear))


def is_shrunk(choice: str, architecture: str) -> bool:
    """Whether a setting's choice holds for a model."""
    return choice == ON or (choice == FOR_SDXL and architecture in ("sdxl", "refiner"))


def shrink(network: Network, device: torch.device) -> Network:
    """The same network with its matrices in eight bits. Raises BadRequest where the device has no such numbers."""
    if not has_fp8(device):
        message = f"Weights cannot be kept in FP8 on this device ({device.type}). Set fp8_storage to {OFF}"
        raise BadRequest(message, field="fp8_storage", allowed=[OFF])
    for module in cast("nn.Module", network).modules():
        kind = next((small for plain, small in KINDS if type(module) is plain), None)
        if kind is not None:
            module.__class__ = kind
            weight = cast("nn.Parameter", module.weight)
            weight.data = weight.data.to(FP8)
    return network


def has_fp8(device: torch.device) -> bool:
    try:
        torch.zeros(1, device=device).to(FP8).float()
    except (RuntimeError, TypeError):
        return False
    return True
