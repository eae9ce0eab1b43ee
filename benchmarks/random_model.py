"""Stable Diffusion 1.5 in its real size with random weights, so that time can be measured without a download.

Another size would be another folder of `configs/`.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from studio.engine.loading import NetworkParts, empty_network

CONFIGS = Path(__file__).parents[1] / "configs"
PARTS = {"unet": "UNet2DConditionModel", "vae": "AutoencoderKL", "text_encoder": "CLIPTextModel"}
FILE = {"unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model", "text_encoder": "model"}
SPREAD = 0.02


def random_sd15(folder: Path) -> Path:
    """2.1 GB in fp16, in diffusers' layout; made once."""
    if (folder / "model_index.json").is_file():
        return folder
    generator = torch.Generator().manual_seed(0)
    index: dict[str, object] = {"_class_name": "StableDiffusionPipeline"}
    for kind, class_name in PARTS.items():
        config = json.loads((CONFIGS / "sd1" / kind / "config.json").read_text())
        with torch.device("meta"):
            network = empty_network(NetworkParts(kind=kind, class_name=class_name, config=config, tensors={}))
        tensors = {name: random_like(each, name, generator) for name, each in network.state_dict().items()}
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / "config.json").write_text(json.dumps(config))
        save_file(tensors, folder / kind / f"{FILE[kind]}.safetensors")
        index[kind] = ["x", class_name]
    index |= {"scheduler": ["diffusers", "DDIMScheduler"], "tokenizer": ["transformers", "CLIPTokenizer"]}
    copy(CONFIGS / "sd1" / "scheduler", folder / "scheduler")
    copy(CONFIGS / "tokenizer", folder / "tokenizer")
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def random_like(tensor: torch.Tensor, name: str, generator: torch.Generator) -> torch.Tensor:
    """Norms are near 1, so that the numbers stay in range through all layers."""
    if not tensor.is_floating_point():
        return torch.arange(tensor.shape[-1]).expand(tensor.shape).clone()
    values = torch.randn(tensor.shape, generator=generator) * SPREAD
    is_norm = "norm" in name and name.endswith("weight")
    return (values + 1 if is_norm else values).half()


def copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
