"""The latents that a pass starts from: of the picture, by the masked content, or enlarged by hires fix.

A new kind of masked content is a branch in `with_content`, a latent upscaler a row of LATENT_MODES.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from PIL import Image
from torch import Tensor

from studio.domain.geometry import Size
from studio.domain.plan import HiresPlan, Prepared
from studio.domain.ports import Upscale
from studio.domain.request import MaskedContent
from studio.engine.content_cache import ContentCache, fingerprint
from studio.engine.hooks.inpaint import latent_mask, mixed
from studio.engine.models import Model
from studio.engine.noise import PictureNoise
from studio.engine.vae import CELL, decode, encode, to_tensor

LATENT_MODES: dict[str, tuple[str, bool]] = {
    "Latent": ("bilinear", False),
    "Latent (antialiased)": ("bilinear", True),
    "Latent (bicubic)": ("bicubic", False),
    "Latent (bicubic antialiased)": ("bicubic", True),
    "Latent (nearest)": ("nearest", False),
    "Latent (nearest-exact)": ("nearest-exact", False),
}
"""A1111's names: torch's mode of interpolation, and whether it smooths."""


def encode_image(model: Model, image: Image.Image, cache: ContentCache) -> Tensor:
    """1 x 4 x height x width, on the device; an unchanged picture is encoded once."""
    key = ("latent", model.key, fingerprint(image))
    return cache.get(key, lambda: encode(model, to_tensor(image)))


def first_latents(
    model: Model, prepared: Prepared, noises: Sequence[PictureNoise], cache: ContentCache
) -> Tensor | None:
    """The clean latents to begin with, one for each picture; None in txt2img."""
    if not prepared.image:
        return None
    size = prepared.plan.first.size
    latent = encode_image(model, prepared.image, cache)
    if prepared.image.size != size:
        latent = interpolate(latent, size, "bilinear", False)
    latents = latent.repeat(len(noises), 1, 1, 1)
    return with_content(latents, prepared, noises)


def with_content(latents: Tensor, prepared: Prepared, noises: Sequence[PictureNoise]) -> Tensor:
    """Noise, or nothing, where the mask asks for it; each picture has its own noise."""
    plan = prepared.plan
    if not plan.mask or not prepared.latent_mask:
        return latents
    redrawn = latent_mask(prepared.latent_mask, plan.mask).to(latents)
    if plan.mask.content is MaskedContent.latent_nothing:
        return mixed(latents, torch.zeros_like(latents), redrawn)
    if plan.mask.content is MaskedContent.latent_noise:
        return mixed(latents, torch.stack([noise.fresh() for noise in noises]).to(latents), redrawn)
    return latents


def interpolate(latents: Tensor, size: Size, mode: str, antialias: bool) -> Tensor:
    """To the latent size of pixels `size`."""
    target = (size.height // CELL, size.width // CELL)
    smooth = {"antialias": antialias} if mode in ("bilinear", "bicubic") else {}
    return functional.interpolate(latents, size=target, mode=mode, **smooth)


@dataclass(frozen=True, slots=True)
class Enlarged:
    """Either pictures, or latents."""

    images: list[Image.Image]
    latents: Tensor | None

    def latents_for(self, model: Model) -> Tensor:
        if self.latents is not None:
            return self.latents
        return torch.cat([encode(model, to_tensor(image)) for image in self.images])


def enlarge(model: Model, latents: Tensor, hires: HiresPlan, upscale: Upscale) -> Enlarged:
    """To the target size, then cut about the centre."""
    size = hires.second.size
    if hires.upscaler in LATENT_MODES:
        grown = interpolate(latents, hires.target, *LATENT_MODES[hires.upscaler])
        high, wide = size.height // CELL, size.width // CELL
        top, left = (grown.shape[2] - high) // 2, (grown.shape[3] - wide) // 2
        return Enlarged([], grown[:, :, top : top + high, left : left + wide].contiguous())
    return Enlarged([grown_image(image, hires, upscale) for image in decode(model, latents)], None)


def grown_image(image: Image.Image, hires: HiresPlan, upscale: Upscale) -> Image.Image:
    target, size = hires.target, hires.second.size
    scale = max(target.width / image.width, target.height / image.height)
    grown = upscale(image, scale, hires.upscaler) if scale > 1 else image
    if grown.size != target:
        grown = grown.resize(target, Image.Resampling.LANCZOS)
    left, top = (target.width - size.width) // 2, (target.height - size.height) // 2
    return grown.crop((left, top, left + size.width, top + size.height))
