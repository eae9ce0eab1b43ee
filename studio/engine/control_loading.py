"""ControlNets from their files, ready to run beside a model. A new kind of file is a branch in `load_controlnet`.

Files are read by `devices/weights.py`, so that nothing in them runs, and built from their own shapes.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from studio.catalog.controlnets import ControlKind, ControlNet, base_name, weights_of
from studio.devices.weights import read_weights
from studio.domain.errors import IncompatibleModel
from studio.engine.control_layout import config_of, in_diffusers_layout, union_config
from studio.engine.loading import Config, NetworkParts, build, read_config
from studio.engine.models import Model, Network
from studio.engine.packing import pack


class HintEmbedding(nn.Module):
    """A control map as features; features that were made before pass through, so that one hint is embedded once."""

    def __init__(self, embedding: nn.Module, width: int) -> None:
        super().__init__()
        self.embedding, self.width = embedding, width

    def forward(self, hint: Tensor) -> Tensor:
        return hint if hint.shape[1] == self.width else self.embedding(hint)


def load_controlnet(found: ControlNet, model: Model) -> Network:
    """A diffusers ControlNetModel or ControlNetUnionModel on the model's device, with a `HintEmbedding`.

    `pools_everything` tells of Shuffle.

    Raises BrokenFile, and IncompatibleModel (naming both) where the file is for another base architecture.
    """
    check_usable(found, model)
    state = in_diffusers_layout(read_weights(weights_of(found.path), torch.float32))
    if found.is_difference:
        model.lock.merging.restore()  # to the checkpoint's own weights, not to those of a LoRA of the last picture
        state = with_base(state, model.unet.state_dict())
    parts = NetworkParts(
        kind="controlnet",
        class_name="ControlNetUnionModel" if found.kind is ControlKind.union else "ControlNetModel",
        config={**folder_config(found), **union_config(state)} if found.path.is_dir() else config_of(state),
        tensors={name: tensor.to(model.device.dtype) for name, tensor in state.items()},
    )
    network = build(parts, model.torch_device, model.device.is_channels_last, found.name)
    network.pools_everything = bool(network.config.global_pool_conditions) or is_pooling_file(found.path)
    network.register_to_config(global_pool_conditions=False)
    network.controlnet_cond_embedding = HintEmbedding(
        network.controlnet_cond_embedding, int(network.config.block_out_channels[0])
    )
    return pack(network) if model.device.is_packed else network


def check_usable(found: ControlNet, model: Model) -> None:
    if found.problem:
        raise IncompatibleModel(
            f"The {found.kind} model {found.name} cannot be used: {found.problem}", model=found.name
        )
    wanted = int(model.unet.config.cross_attention_dim)
    if not found.fits(wanted):
        message = (
            f"The {found.kind} model {found.name} is for {found.base}, but the checkpoint {model.checkpoint.title} is "
            f"{base_name(wanted)}. Choose a {found.kind} model for it"
        )
        raise IncompatibleModel(message, model=found.name, checkpoint=model.checkpoint.title)


def folder_config(found: ControlNet) -> Config:
    return {name: value for name, value in read_config(found.path / "config.json").items() if not name.startswith("_")}


def with_base(difference: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Files that hold differences only: the base model's own weights added where both have the layer."""
    return {
        name: tensor + base[name].to(tensor) if name in base and base[name].shape == tensor.shape else tensor
        for name, tensor in difference.items()
    }


def is_pooling_file(path: Path) -> bool:
    """Whether residuals act by their mean over the picture: said in the .yaml beside, else known of Shuffle alone."""
    if path.is_dir():
        return False
    beside = path.with_suffix(".yaml")
    if beside.is_file():
        return bool(re.search(r"global_average_pooling:\s*true", beside.read_text(errors="replace"), re.IGNORECASE))
    return "shuffle" in path.stem.lower()
