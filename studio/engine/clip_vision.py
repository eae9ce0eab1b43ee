"""CLIP's eyes: what an IP-Adapter is told of a picture (Radford et al. 2021, arXiv 2103.00020).

Networks of another shape need nothing here: a file's own tensors tell it, a folder's configuration says it.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from studio.devices.weights import read_weights
from studio.domain.errors import BrokenFile
from studio.engine.loading import NetworkParts, build, read_config, read_folder_weights
from studio.engine.models import Model, Network

SIDE = 224
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
PARTS = ("vision_model.", "visual_projection.")
HEADS = 16  # of every CLIP network that IP-Adapters were trained with
SAID = (
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "image_size",
    "patch_size",
    "projection_dim",
    "hidden_act",
    "layer_norm_eps",
)
"""What a configuration says of its network, by transformers' names."""


def load_vision(path: Path, model: Model) -> Network:
    """A transformers CLIPVisionModelWithProjection beside a model, from a file or a folder. Raises BrokenFile."""
    tensors = read_folder_weights(path) if path.is_dir() else read_weights(path)
    tensors = {name: tensor.to(model.device.dtype) for name, tensor in tensors.items() if name.startswith(PARTS)}
    parts = NetworkParts(
        kind="clip_vision",
        class_name="CLIPVisionModelWithProjection",
        config=folder_config(path) if path.is_dir() else config_of(tensors, path),
        tensors=tensors,
    )
    return build(parts, model.torch_device, False, path.name)


def folder_config(path: Path) -> dict[str, Any]:
    """Of the eyes alone, or of a whole CLIP."""
    said = read_config(path / "config.json")
    said = {**said, **said.get("vision_config", {})}
    return {name: said[name] for name in SAID if name in said}


def config_of(tensors: Mapping[str, Tensor], path: Path) -> dict[str, Any]:
    start = "vision_model.embeddings."
    if f"{start}patch_embedding.weight" not in tensors:
        message = f"{path.name} is no CLIP vision model in transformers' layout. Download it again"
        raise BrokenFile(message, file=path.name)
    patches = tensors[f"{start}patch_embedding.weight"]
    places = int(tensors[f"{start}position_embedding.weight"].shape[0]) - 1
    layers = {name.split(".")[3] for name in tensors if name.startswith("vision_model.encoder.layers.")}
    return {
        "hidden_size": int(patches.shape[0]),
        "intermediate_size": int(tensors["vision_model.encoder.layers.0.mlp.fc1.weight"].shape[0]),
        "num_hidden_layers": len(layers),
        "num_attention_heads": HEADS,
        "image_size": math.isqrt(places) * int(patches.shape[-1]),
        "patch_size": int(patches.shape[-1]),
        "projection_dim": int(tensors["visual_projection.weight"].shape[0]),
        "hidden_act": "gelu",
    }


def clip_pixels(image: Image.Image) -> Tensor:
    """1 x 3 x 224 x 224: the middle of the picture at this size, by the mean and deviation of CLIP's pictures."""
    scale = SIDE / min(image.size)
    width, height = (max(SIDE, int(side * scale)) for side in image.size)
    left, top = (width - SIDE) // 2, (height - SIDE) // 2
    sized = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    pixels = np.asarray(sized.crop((left, top, left + SIDE, top + SIDE)), dtype=np.float32) / 255
    standard = (pixels - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return torch.from_numpy(standard).permute(2, 0, 1)[None]


@torch.no_grad()
def seen(vision: Network, pixels: Tensor, *, in_parts: bool) -> Tensor:
    """2 x width, or 2 x parts x width: of the picture, and of none, which is for the negative prompt."""
    if in_parts:
        both = torch.cat([pixels, torch.zeros_like(pixels)])
        return vision(pixel_values=both, output_hidden_states=True).hidden_states[-2]
    whole: Tensor = vision(pixel_values=pixels).image_embeds
    return torch.cat([whole, torch.zeros_like(whole)])
