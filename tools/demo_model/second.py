"""A second checkpoint in another style: the base with a network of its own merged in, made where it is asked for."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import UNet2DConditionModel

from studio.engine.lora import read_lora
from studio.engine.lora_modules import weight_change
from tools.demo_model.export import write_network

PARTS = ("text_encoder", "tokenizer", "vae", "scheduler", "model_index.json")


def merged(unet: Any, network: Path, weight: float) -> Any:
    """A copy of the UNet with a network merged into it. Raises KeyError where a layer of the file has no match."""
    unet = copy.deepcopy(unet)
    layers = {name.replace(".", "_"): layer for name, layer in unet.named_modules()}
    with torch.no_grad():
        for (_, name), roles in read_lora(network).modules.items():
            own = layers[name].weight
            added = weight_change({role: tensor.float() for role, tensor in roles.items()}, own)
            own += weight * added
    return unet


def write_second(base: Path, target: Path, network: str = "blueprint", weight: float = 1.0) -> Path:
    """`target` as a checkpoint in diffusers' layout; what is there already stays as it is."""
    if not (target / "model_index.json").is_file():
        unet = UNet2DConditionModel.from_pretrained(base / "unet", dtype=torch.float32)
        write_network(merged(unet, base / "lora" / f"{network}.safetensors", weight), target / "unet")
        for name in PARTS:
            copy_of = shutil.copytree if (base / name).is_dir() else shutil.copy
            copy_of(base / name, target / name)
    return target
