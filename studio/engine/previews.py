"""What a half-drawn latent looks like, for next to nothing. Another kind of preview is a function beside `preview`.

A latent's four channels are nearly colours: a linear map of them, cell by cell, gives a small picture.
"""

from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as functional
from PIL import Image
from torch import Tensor

from studio.devices.weights import read_weights
from studio.domain.errors import BrokenFile
from studio.engine.models import Model, Network
from studio.engine.vae import CELL, encode, to_image

KNOWN = {
    "sd": ((0.298, 0.207, 0.208), (0.187, 0.286, 0.173), (-0.158, 0.189, 0.264), (-0.184, -0.271, -0.473)),
    "sdxl": ((0.345, 0.417, 0.44), (-0.195, -0.029, 0.025), (0.107, 0.089, -0.016), (-0.373, -0.25, -0.209)),
}
"""Measured by the community on the VAEs of Stable Diffusion 1 and XL; scaled latents to -1..1."""
USUAL_WIDTH = 128  # of those VAEs' first block
SAMPLES, SIDE = 12, 64


def colour_map(model: Model) -> Tensor:
    """5 x 3: what a latent's four channels and a constant add to red, green and blue."""
    if model.vae.config.block_out_channels[0] != USUAL_WIDTH:
        return fitted(model)
    rows = KNOWN["sdxl" if model.architecture in ("sdxl", "refiner") else "sd"]
    return torch.tensor([*rows, (0.0, 0.0, 0.0)])


def fitted(model: Model) -> Tensor:
    """Least squares over smooth random pictures: their latents against their colours."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand((SAMPLES, 3, 4, 4), generator=generator) * 2 - 1
    pictures = functional.interpolate(coarse, size=(SIDE, SIDE), mode="bicubic").clamp(-1, 1)
    latents = encode(model, pictures).cpu()
    colours = functional.avg_pool2d(pictures, CELL)
    cells = latents.permute(0, 2, 3, 1).reshape(-1, 4)
    known = torch.cat([cells, torch.ones(len(cells), 1)], dim=1)
    return cast("Tensor", torch.linalg.lstsq(known, colours.permute(0, 2, 3, 1).reshape(-1, 3)).solution)


def read_small(path: Path, model: Model) -> Network:
    """TAESD's decoder, of its author's file or of diffusers' layout. Raises BrokenFile."""
    import diffusers

    tensors = {small_name(name): tensor for name, tensor in read_weights(path, torch.float32).items()}
    network: Any = diffusers.AutoencoderTiny().decoder
    try:
        network.load_state_dict({name: each for name, each in tensors.items() if name.startswith("layers.")})
    except RuntimeError as error:
        message = f"{path.name} is no TAESD decoder. Download it again, or choose another preview method"
        raise BrokenFile(message, file=path.name) from error
    return network.requires_grad_(False).eval().to(model.torch_device)


def small_name(name: str) -> str:
    """The author's file counts a first layer without weights, which limits the latent."""
    name = name.removeprefix("decoder.")
    number, _, rest = name.partition(".")
    return f"layers.{int(number) - 1}.{rest}" if number.isdigit() else name


def decoded_small(network: Network, latent: Tensor, model: Model) -> Image.Image:
    """Of one scaled latent (1 x 4 x height x width)."""
    with torch.inference_mode():
        return to_image(network(latent.float().to(model.torch_device))[0])


def preview(latent: Tensor, colours: Tensor) -> Image.Image:
    """Of one latent (4 x height x width), at the picture's own size."""
    cells = latent.float().cpu().permute(1, 2, 0)
    small = to_image((cells @ colours[:4] + colours[4]).permute(2, 0, 1))
    return small.resize((small.width * CELL, small.height * CELL), Image.Resampling.BILINEAR)
