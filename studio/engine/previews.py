"""What a half-drawn latent looks like, for next to nothing. Another kind of preview is a function beside `preview`.

A latent's four channels are nearly colours: a linear map of them, cell by cell, gives a small picture.
"""

from typing import cast

import torch
import torch.nn.functional as functional
from PIL import Image
from torch import Tensor

from studio.engine.models import Model
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


def preview(latent: Tensor, colours: Tensor) -> Image.Image:
    """Of one latent (4 x height x width), at the picture's own size."""
    cells = latent.float().cpu().permute(1, 2, 0)
    small = to_image((cells @ colours[:4] + colours[4]).permute(2, 0, 1))
    return small.resize((small.width * CELL, small.height * CELL), Image.Resampling.BILINEAR)
