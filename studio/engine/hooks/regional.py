"""Networks that act in one region only: beside the layers, while that region's rows go through the UNet.

Nothing is merged, so that a region next to it, drawn in the same step, has none of it. How a kind of network acts on a
layer's output is a branch of `side_way`.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from studio.engine.hooks.hook import Evaluation, Hook, attached
from studio.engine.lora import UNET, Merge, Outcome, Wanted, collected
from studio.engine.lora_modules import Unfit, bias_change, scale_of, weight_change
from studio.engine.models import Model

SideWay = Callable[[Tensor], Tensor]
"""What a layer's input adds to its output."""


@dataclass(slots=True)
class RegionalNetworks(Hook):
    """`ways` by layer. `outcomes` tell, for each of the merges, how many layers it found."""

    ways: list[tuple[nn.Module, SideWay]] = field(default_factory=list[tuple[nn.Module, SideWay]])
    outcomes: tuple[Outcome, ...] = ()

    def during(self, evaluation: Evaluation) -> AbstractContextManager[None]:
        return attached(module.register_forward_hook(adding(way)) for module, way in self.ways)


def adding(way: SideWay) -> Callable[[nn.Module, Any, Tensor], Tensor]:
    return lambda module, inputs, output: output + way(inputs[0])


def regional_networks(model: Model, merges: Sequence[Merge]) -> RegionalNetworks:
    """The UNet's part of networks; kinds and layers that cannot act beside a layer are counted as left out."""
    outcomes = tuple(Outcome() for _ in merges)
    hook = RegionalNetworks(outcomes=outcomes)
    with torch.no_grad():
        for module, wanted in collected(model, merges, outcomes, lambda part: part == UNET):
            for each in wanted:
                try:
                    hook.ways.append((module, side_way(module, each, model.device.dtype)))
                except Unfit:
                    each.outcome.left_out += 1
                else:
                    each.outcome.merged += 1
    return hook


def side_way(module: Any, wanted: Wanted, dtype: torch.dtype) -> SideWay:
    """Through the two small matrices of a plain LoRA, and through the whole change of other kinds. Raises Unfit.

    `dtype` is what the layer computes in; its weight may be kept in another.
    """
    if not isinstance(module, nn.Linear | nn.Conv2d):
        raise Unfit
    weight: Tensor = module.weight
    roles = wanted.roles_on(weight.device)
    whole, shift = weight_change(roles, weight.float(), wanted.dimension), bias_change(roles)
    bias = None if shift is None else (shift * wanted.strength).to(dtype)
    is_plain = {"up", "down"} <= roles.keys() and not roles.keys() & {"mid", "dora_scale"}
    if whole is not None and is_plain and whole.shape == weight.shape and bias is None:
        scale = wanted.strength * scale_of(roles, roles["down"].shape[0])
        kept = slice(None, wanted.dimension)
        up, down = roles["up"].flatten(1)[:, kept] * scale, roles["down"][kept]
        return narrow_way(module, up.to(dtype), down.to(dtype))
    changed = None if whole is None else (whole * wanted.strength).to(dtype)
    return lambda given: through(module, given, changed, bias)


def narrow_way(module: Any, up: Tensor, down: Tensor) -> SideWay:
    if isinstance(module, nn.Linear):
        flat = down.flatten(1)
        return lambda given: functional.linear(functional.linear(given, flat), up)
    rank = down.shape[0]
    first = down.reshape(rank, *module.weight.shape[1:])
    last = up.reshape(up.shape[0], rank, 1, 1)
    return lambda given: functional.conv2d(through(module, given, first, None), last)


def through(module: Any, given: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """As the layer itself would, with another weight; a bias alone where there is none."""
    if isinstance(module, nn.Linear):
        return functional.linear(given, weight, bias) if weight is not None else by_channel(bias, given, -1)
    if weight is None:
        return by_channel(bias, given, 1)
    return functional.conv2d(given, weight, bias, module.stride, module.padding, module.dilation, module.groups)


def by_channel(bias: Tensor | None, given: Tensor, place: int) -> Tensor:
    """Spreads over what it is added to."""
    assert bias is not None
    return bias if place == -1 else bias[None, :, None, None]
