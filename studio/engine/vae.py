"""Pictures to latents and back. Another kind of decoder is a function beside `decode`."""

import contextlib
from collections.abc import Callable, Generator

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from studio.domain.errors import NotANumber, OutOfMemory
from studio.engine.models import Model, Network, cast_network, dtype_of, resident

Run = Callable[[Network, Tensor], Tensor]
CELL = 8  # pixels a side of a latent cell


def to_tensor(image: Image.Image) -> Tensor:
    """An RGB picture as 1 x 3 x height x width, -1..1."""
    pixels = torch.from_numpy(np.array(image.convert("RGB"), dtype=np.float32))
    return (pixels / 127.5 - 1).permute(2, 0, 1)[None].contiguous()


def to_image(pixels: Tensor) -> Image.Image:
    """3 x height x width in -1..1 as an RGB picture."""
    levels = ((pixels.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(levels.permute(1, 2, 0).cpu().numpy())


def encode(model: Model, pixels: Tensor) -> Tensor:
    """Pictures (n x 3 x height x width, -1..1) as scaled latents, float32: the posterior's mean."""
    mean = retried(model, pixels, lambda vae, given: vae.encode(given).latent_dist.mode())
    config = model.vae.config
    return (mean - (config.get("shift_factor") or 0)) * config.scaling_factor


def decode(model: Model, latents: Tensor) -> list[Image.Image]:
    """RGB pictures of scaled latents, one at a time, so that memory does not grow with the batch."""
    if not latents.isfinite().all():
        raise not_a_number("The model's network", "--no-half")
    config = model.vae.config
    unscaled = latents / config.scaling_factor + (config.get("shift_factor") or 0)
    return [to_image(decoded(model, each[None])[0]) for each in unscaled]


def decoded(model: Model, latent: Tensor) -> Tensor:
    """Whole, or in tiles where that is wished for or memory does not suffice."""

    def run(vae: Network, given: Tensor) -> Tensor:
        return vae.decode(given, return_dict=False)[0]

    if model.device.memory_mode == "low":
        with tiled(model.vae):
            return retried(model, latent, run)
    try:
        return retried(model, latent, run)
    except torch.OutOfMemoryError:
        torch.cuda.empty_cache()
    try:
        with tiled(model.vae):
            return retried(model, latent, run)
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(
            "The picture cannot be decoded: not enough memory, in tiles neither. Use a smaller size"
        ) from error


@contextlib.contextmanager
def tiled(vae: Network) -> Generator[None]:
    before = vae.use_tiling
    vae.enable_tiling()
    try:
        yield
    finally:
        vae.use_tiling = before


def retried(model: Model, given: Tensor, run: Run) -> Tensor:
    """In the VAE's own precision, and where that gives NaN, in float32. Raises NotANumber where that does too."""
    vae = model.vae
    with torch.inference_mode(), resident(vae, model.device):
        result = run(vae, placed(model, given, dtype_of(vae))).float()
        if result.isfinite().all():
            return result
        before = dtype_of(vae)
        if before == torch.float32:
            raise not_a_number("The VAE", "another VAE")
        cast_network(vae, torch.float32)
        try:
            result = run(vae, placed(model, given, torch.float32)).float()
        finally:
            cast_network(vae, before)
    if not result.isfinite().all():
        raise not_a_number("The VAE", "another VAE")
    return result


def placed(model: Model, given: Tensor, dtype: torch.dtype) -> Tensor:
    moved = given.to(model.torch_device, dtype)
    return moved.to(memory_format=torch.channels_last) if model.device.is_channels_last else moved


def not_a_number(who: str, remedy: str) -> NotANumber:
    message = f"{who} answered with numbers that are none (NaN), in float32 too. Try {remedy}, or another checkpoint"
    return NotANumber(message, remedy=remedy)
