"""Further input channels of inpainting (9) and instruct-pix2pix (8) models. Another kind is a branch by their number.

Features.md 2.9: the mask at latent size and the picture without its masked part; the picture alone.
"""

import numpy as np
import torch
import torch.nn.functional as functional
from PIL import Image
from torch import Tensor

from studio.domain.errors import IncompatibleModel
from studio.domain.geometry import Size
from studio.domain.plan import Prepared
from studio.engine.models import Model
from studio.engine.vae import CELL, encode, to_tensor

PLAIN, EDITING, INPAINTING = 4, 8, 9


def further_channels(prepared: Prepared, size: Size, model: Model, *, is_second: bool) -> Tensor | None:
    """1 x channels x height x width, on the device; None for models that take the latent alone."""
    if model.in_channels == PLAIN:
        return None
    if model.in_channels == INPAINTING:
        return inpainting_channels(prepared, size, model, is_second=is_second)
    if model.in_channels == EDITING:
        return editing_channels(prepared, size, model)
    message = f"{model.checkpoint.name} takes {model.in_channels} channels; known are 4, 8 (editing) and 9 (inpainting)"
    raise IncompatibleModel(message, file=model.checkpoint.name)


def inpainting_channels(prepared: Prepared, size: Size, model: Model, *, is_second: bool) -> Tensor:
    """Where nothing is given to keep, all is masked, and the picture is grey."""
    image = None if is_second else prepared.image
    pixels = to_tensor(image.resize(size)) if image else torch.zeros(1, 3, size.height, size.width)
    masked = torch.ones(1, 1, size.height, size.width)
    if image and prepared.latent_mask and prepared.plan.mask:
        masked = mask_pixels(prepared.latent_mask.resize(size), prepared.plan.mask.rounded)
    weight = prepared.plan.mask.conditioning_strength if prepared.plan.mask else 1.0
    seen = pixels + (pixels * (1 - masked) - pixels) * weight
    small = functional.interpolate(masked, size=(size.height // CELL, size.width // CELL))
    return torch.cat([small.to(model.torch_device), encode(model, seen)], dim=1)


def mask_pixels(mask: Image.Image, is_rounded: bool) -> Tensor:
    values = torch.from_numpy(np.asarray(mask.convert("L"), dtype=np.float32) / 255)[None, None]
    return values.round() if is_rounded else values


def editing_channels(prepared: Prepared, size: Size, model: Model) -> Tensor:
    """The picture's latent, unscaled; zeros where there is no picture."""
    if not prepared.image:
        return torch.zeros(1, 4, size.height // CELL, size.width // CELL, device=model.torch_device)
    return encode(model, to_tensor(prepared.image.resize(size))) / model.vae.config.scaling_factor
