"""A VAE of its own file in place of the model's ("SD VAE"). Another layout of files is a branch in `vae_parts`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from studio.catalog.network_facts import VAE_PREFIX
from studio.catalog.networks import NetworkFile, Networks
from studio.devices.weights import read_weights
from studio.domain.errors import IncompatibleModel, ModelMissing
from studio.engine.families import FAMILIES
from studio.engine.loading import Config, NetworkParts, Tensors, build, read_config
from studio.engine.models import Model, Network, cast_network, vae_dtype
from studio.engine.single_file import vae_parts as original_parts

Keep = Callable[[NetworkFile, Callable[[], Network]], Network]
"""Gives a file's network from memory, or loads it."""

AUTOMATIC, NONE = "Automatic", "None"
NOT_ITS_OWN = ("loss.", "model_ema.")  # what training leaves in such files


def with_chosen_vae(model: Model, choice: str, networks: Networks, configs: Path, keep: Keep) -> Model:
    """`choice` is the setting's: Automatic, None, or a file. Raises UnknownName, BrokenFile, IncompatibleModel.

    Raises ModelMissing where nothing is chosen and the checkpoint holds none.
    """
    file = networks.chosen_vae(choice, model.checkpoint.path)
    if file is None:
        if model.vae is None:
            name = model.checkpoint.path.name
            remedy = "Choose a VAE file in the settings (SD VAE), or take a checkpoint that holds one"
            raise ModelMissing(f"{name} holds no VAE. {remedy}", file=name)
        return model
    facts = networks.vae_facts(file)
    if facts.problem:
        raise IncompatibleModel(f"The VAE {file.name} cannot be used: {facts.problem}", file=file.name)
    vae = keep(file, lambda: load_vae(file.path, model, configs))
    return replace(model, vae=vae, vae_path=file.path, key=(model.key, file.key))


def vae_facts(model: Model, networks: Networks) -> dict[str, str]:
    """For the infotext, as A1111 writes them; nothing for the checkpoint's own."""
    if model.vae_path is None:
        return {}
    return {"VAE hash": networks.hash_of(model.vae_path)[:10], "VAE": model.vae_path.name}


def load_vae(path: Path, model: Model, configs: Path) -> Network:
    """On the model's device, scaled as its family is."""
    device = model.device
    tensors = {
        name.removeprefix(VAE_PREFIX): tensor
        for name, tensor in read_weights(path, torch.float32).items()
        if not name.startswith(NOT_ITS_OWN)
    }
    config = own_config(model) or read_config(configs / FAMILIES[model.architecture].configs / "vae" / "config.json")
    network = build(vae_parts(tensors, config), device.torch_device, device.is_channels_last, path.name)
    return cast_network(network, vae_dtype(network, device))


def own_config(model: Model) -> Config:
    """Of the model's own VAE, whose place it takes."""
    config: Any = model.vae.config if model.vae is not None else {}
    return {name: value for name, value in config.items() if not name.startswith("_")}


def vae_parts(tensors: Tensors, config: Config) -> NetworkParts:
    """Of the original programs' layout, or of diffusers'."""
    if "encoder.down.0.block.0.conv1.weight" in tensors:
        return original_parts(tensors, config)
    widths = [tensors[name].shape[0] for name in level_ends(tensors, len(config["block_out_channels"]))]
    return NetworkParts(
        kind="vae",
        class_name="AutoencoderKL",
        config={**config, "block_out_channels": widths},
        tensors=tensors,
    )


def level_ends(tensors: Mapping[str, object], levels: int) -> list[str]:
    """A weight of each level of the encoder; a level that is not there is reported when the network is built."""
    names = [f"encoder.down_blocks.{level}.resnets.0.conv2.weight" for level in range(levels)]
    return [name for name in names if name in tensors]
