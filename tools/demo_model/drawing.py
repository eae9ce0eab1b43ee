"""Draws with the demo model in real batches, for scores and sheets; a new way to start is one more field of Start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor

from tools.demo_model.networks import SCALING_FACTOR, Tokens, make_schedule, to_bytes, to_float


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """Where img2img starts: pictures (n, h, w, 3), how much is redrawn, and where (masks (n, h, w), 255 = redraw)."""

    pictures: np.ndarray
    strength: float
    masks: np.ndarray | None = None
    fill_with_noise: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    size: tuple[int, int] = (256, 256)  # width, height
    steps: int = 20
    cfg_scale: float = 7.0
    seed: int = 1


Residuals = Callable[[Tensor, Tensor, Tensor], dict[str, Any]]  # (model input, time, words) -> arguments of the UNet


class Painter:
    """The parts of a Stable Diffusion 1.x pipeline, driven directly."""

    def __init__(self, vae: Any, unet: Any, text: Any) -> None:
        self.vae, self.unet, self.text, self.tokens = vae, unet, text, Tokens()
        alphas = make_schedule().alphas_cumprod
        self.sigmas = ((1 - alphas) / alphas).sqrt()

    def schedule(self, steps: int) -> tuple[Tensor, Tensor]:
        """Times from the noisiest down, evenly spaced, and their sigmas with a closing zero."""
        times = torch.linspace(999, 0, steps)
        low, part = times.floor().long(), times - times.floor()
        logs = self.sigmas.log()
        sigmas = (logs[low] * (1 - part) + logs[(low + 1).clamp(max=999)] * part).exp()
        return times, torch.cat([sigmas, torch.zeros(1)])

    def draw(
        self, prompts: list[str], settings: Settings, start: Start | None = None, residuals: Residuals | None = None
    ) -> np.ndarray:
        """Pictures (n, h, w, 3), bytes."""
        return self.decode(self.latents(prompts, settings, start, residuals))

    @torch.inference_mode()
    def latents(
        self, prompts: list[str], settings: Settings, start: Start | None = None, residuals: Residuals | None = None
    ) -> Tensor:
        """The same before they are decoded, (n, 4, h / 8, w / 8)."""
        count, (width, height) = len(prompts), settings.size
        generator = torch.Generator().manual_seed(settings.seed)
        noise = torch.randn((count, 4, height // 8, width // 8), generator=generator)
        words = self.text(self.tokens(prompts + [""] * count))[0].to(self.unet.dtype)
        times, sigmas = self.schedule(settings.steps)
        first, source, mask = 0, None, None
        if start is not None:
            evaluations = min(int(start.strength * settings.steps), settings.steps - 1) + 1
            first = settings.steps - evaluations
            source = self.encode(start.pictures)
        z = noise * sigmas[first]
        if start is not None and source is not None:
            if start.masks is not None:
                small = torch.from_numpy(start.masks).float()[:, None] / 255
                mask = (functional.interpolate(small, noise.shape[2:], mode="area") > 0.5).float()
            base = source * (1 - mask) if mask is not None and start.fill_with_noise else source
            if mask is not None and start.fill_with_noise:
                base = base + mask * torch.randn(noise.shape, generator=generator)
            z = z + base
        for i in range(first, settings.steps):
            clean = self.denoise(z, sigmas[i], times[i], words, settings.cfg_scale, residuals)
            if mask is not None and source is not None:
                clean = clean * mask + source * (1 - mask)
            z = clean + (z - clean) * (sigmas[i + 1] / sigmas[i])
        return z

    def denoise(
        self, z: Tensor, sigma: Tensor, time: Tensor, words: Tensor, cfg_scale: float, residuals: Residuals | None
    ) -> Tensor:
        shown = (z / (sigma.square() + 1).sqrt()).repeat(2, 1, 1, 1).to(self.unet.dtype)
        more = residuals(shown, time, words) if residuals else {}
        eps = self.unet(shown.to(memory_format=torch.channels_last), time, words, **more).sample
        asked, free = eps.float().chunk(2)
        return z - sigma * (free + cfg_scale * (asked - free))

    @torch.inference_mode()
    def encode(self, pictures: np.ndarray) -> Tensor:
        x = to_float(torch.from_numpy(pictures)).to(memory_format=torch.channels_last)
        return self.vae.encode(x).latent_dist.mean * SCALING_FACTOR

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> np.ndarray:
        parts = [self.vae.decode(z / SCALING_FACTOR).sample for z in latents.split(4)]
        return to_bytes(torch.cat(parts)).numpy()
