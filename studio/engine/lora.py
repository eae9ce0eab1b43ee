"""LoRA at work: files of networks read, and merged into a model's weights. A new kind is a row of `lora_modules.KINDS`.

The weights themselves are changed (rather than each layer's output), so that drawing takes no longer than without;
`model_lock.py` keeps what they were.
"""

import contextlib
import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from studio.catalog.network_keys import BUNDLED, NetworkKey, read_key
from studio.catalog.networks import read_metadata
from studio.devices.weights import read_weights
from studio.engine.lora_keys import modules_of
from studio.engine.lora_modules import Unfit, bias_change, weight_change
from studio.engine.model_lock import Layer
from studio.engine.models import Model

UNET = "unet"
Place = tuple[str, str]
"""A part of the model (unet, text, ...) and a module in it, as `catalog/network_keys.py` spells it."""


@dataclass(frozen=True, slots=True)
class LoraFile:
    """`modules` hold tensors by role; `bundled` are embeddings that came along, by name, as in files of their own."""

    modules: Mapping[Place, Mapping[str, Tensor]]
    bundled: Mapping[str, Mapping[str, Tensor]]

    @property
    def size(self) -> int:
        tensors = [tensor for roles in self.modules.values() for tensor in roles.values()]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """One network to merge, and how strongly. `key` tells the file from others, and from itself when it has changed."""

    key: Hashable
    file: LoraFile
    text_weight: float
    unet_weight: float
    dimension: int | None

    def weight(self, part: str) -> float:
        return self.unet_weight if part == UNET else self.text_weight

    @property
    def state(self) -> Hashable:
        return self.key, self.text_weight, self.unet_weight, self.dimension


@dataclass(slots=True)
class Outcome:
    """How many of a file's modules found their layer in the model, and how many did not."""

    merged: int = 0
    left_out: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.merged + other.merged, self.left_out + other.left_out)


def read_lora(path: Path) -> LoraFile:
    """Raises BrokenFile."""
    modules: dict[Place, dict[str, Tensor]] = {}
    bundled: dict[str, dict[str, Tensor]] = {}
    scales = adapter_scales(path)
    for name, tensor in read_weights(path).items():
        if name.startswith(BUNDLED):
            embedding, _, rest = name.removeprefix(BUNDLED).partition(".")
            bundled.setdefault(embedding, {})[rest] = tensor
        elif key := read_key(name):
            modules.setdefault((key.part, key.module), {})[key.role] = tensor
            if key.role == "down" and (scale := scales.of(key, tensor.shape[0])):
                modules[key.part, key.module]["scale"] = torch.tensor(scale)
    return LoraFile(modules, bundled)


@dataclass(frozen=True, slots=True)
class AdapterScales:
    """What diffusers writes beside its networks: peft's configuration of each part, "unet.lora_alpha" and so on."""

    told: Mapping[str, Any]

    def of(self, key: NetworkKey, rank: int) -> float | None:
        """What the module is multiplied with; None where nothing is said, so that its own tensors tell."""
        part = {"unet": "unet", "text_1": "text_encoder", "text_2": "text_encoder_2"}.get(key.part, "")
        alpha = self.told.get(f"{part}.lora_alpha")
        for pattern, own in self.told.get(f"{part}.alpha_pattern", {}).items():
            if re.search(rf"(^|_){pattern.replace('.', '_')}$", key.module):
                alpha = own
        if not isinstance(alpha, int | float):
            return None
        return float(alpha) / (rank**0.5 if self.told.get(f"{part}.use_rslora") else rank)


def adapter_scales(path: Path) -> AdapterScales:
    try:
        told = json.loads(read_metadata(path).get("lora_adapter_metadata", "{}"))
    except ValueError:
        told = {}
    return AdapterScales(cast("dict[str, Any]", told) if isinstance(told, dict) else {})


def merge(model: Model, merges: Sequence[Merge]) -> tuple[Outcome, ...]:
    """Makes these, and no others, part of the model, whose lock the caller keeps; an outcome for each of them."""
    both = zip(merge_unet(model, merges), merge_text(model, merges), strict=True)
    return tuple(unet + text for unet, text in both)


def merge_unet(model: Model, merges: Sequence[Merge]) -> tuple[Outcome, ...]:
    return merge_into(model, model.lock.merging.unet, merges, lambda part: part == UNET)


def merge_text(model: Model, merges: Sequence[Merge]) -> tuple[Outcome, ...]:
    """Into the text encoders alone, so that another prompt can be encoded while the UNet stays as it is."""
    return merge_into(model, model.lock.merging.text, merges, lambda part: part != UNET)


def merge_into(
    model: Model, layer: Layer, merges: Sequence[Merge], is_meant: Callable[[str], bool]
) -> tuple[Outcome, ...]:
    merging = model.lock.merging
    key = tuple(each.state for each in merges)
    if layer.key == key:
        return layer.outcome
    merging.restore(layer)
    outcomes = tuple(Outcome() for _ in merges)
    with contextlib.ExitStack() as undone, torch.inference_mode(False), torch.no_grad():
        undone.callback(merging.restore, layer)
        for module, wanted in collected(model, merges, outcomes, is_meant):
            change(module, wanted, lambda parameter, value: merging.put(layer, parameter, value))
        undone.pop_all()
    layer.key, layer.outcome = key, outcomes
    return outcomes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one network changes in one module."""

    roles: Mapping[str, Tensor]
    strength: float
    dimension: int | None
    outcome: Outcome

    def roles_on(self, device: torch.device) -> dict[str, Tensor]:
        return {role: tensor.to(device, torch.float32) for role, tensor in self.roles.items()}


def collected(
    model: Model, merges: Sequence[Merge], outcomes: Sequence[Outcome], is_meant: Callable[[str], bool]
) -> Iterator[tuple[nn.Module, list[Wanted]]]:
    """Every module that is to change, with all that changes it, in the order of the prompt."""
    known = modules_of(model) if merges else {}
    found: dict[int, tuple[nn.Module, list[Wanted]]] = {}
    for each, outcome in zip(merges, outcomes, strict=True):
        for (part, name), roles in each.file.modules.items():
            module = known.get(part, {}).get(name)
            if not is_meant(part):
                continue
            if module is None:
                outcome.left_out += 1
            elif each.weight(part):
                wanted = Wanted(roles, each.weight(part), each.dimension, outcome)
                found.setdefault(id(module), (module, []))[1].append(wanted)
            else:
                outcome.merged += 1
    yield from found.values()


def change(module: Any, wanted: Sequence[Wanted], put: Callable[[nn.Parameter, Tensor], None]) -> None:
    """One module, in float32, rounded once."""
    own: nn.Parameter = module.weight
    weight = own.float()
    bias: Tensor | None = module.bias.float() if getattr(module, "bias", None) is not None else None
    has_weight = has_bias = False
    for each in wanted:
        roles = each.roles_on(own.device)
        try:
            added, shift = weight_change(roles, weight, each.dimension), bias_change(roles)
            if shift is not None and (bias is None or shift.numel() != bias.numel()):
                raise Unfit
        except Unfit:
            each.outcome.left_out += 1
            continue
        each.outcome.merged += 1
        if added is not None:
            weight, has_weight = weight + each.strength * added, True
        if shift is not None and bias is not None:
            bias, has_bias = bias + each.strength * shift.reshape(bias.shape), True
    if has_weight:
        put(own, weight)
    if has_bias and bias is not None:
        put(module.bias, bias)
