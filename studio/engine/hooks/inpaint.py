"""Keeps what the mask keeps, while a picture is drawn. Another way to mix old and new is a class here and a branch.

All of them act on the guess at the clean latent, whichever the sampler (features.md 2.11, design section 6).
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as functional
from PIL import Image
from torch import Tensor

from studio.domain.plan import MaskPlan
from studio.domain.request import SoftInpainting
from studio.engine.hooks.hook import Guess, Hook
from studio.engine.vae import CELL


def latent_mask(mask: Image.Image, plan: MaskPlan) -> Tensor:
    """1 x 1 x height x width, 1 where latent cells are redrawn; 0 or 1 where the plan rounds."""
    small = mask.convert("L").resize((mask.width // CELL, mask.height // CELL), Image.Resampling.BICUBIC)
    values = torch.from_numpy(np.asarray(small, dtype=np.float32) / 255)
    if plan.rounded and not plan.soft:
        values = values.round()
    if plan.covers:
        values = torch.maximum(values, covering(mask))
    return values[None, None]


def covering(mask: Image.Image) -> Tensor:
    """The largest value in each cell, so that none that the mask touches stays behind."""
    pixels = torch.from_numpy(np.asarray(mask.convert("L"), dtype=np.float32) / 255)[None, None]
    return functional.max_pool2d(pixels, CELL)[0, 0]


def mask_hook(redrawn: Tensor, clean: Tensor, plan: MaskPlan, steps: int) -> "Blend":
    """`redrawn` is the latent mask, `clean` the latents that are kept, both on the device."""
    if plan.soft:
        return SoftBlend(redrawn, clean, plan.soft)
    if plan.rounded:
        return Blend(redrawn, clean)
    return RisingBlend(redrawn, clean, steps)


@dataclass
class Blend(Hook):
    """Kept cells are the old ones, in every guess and in the end (A1111's rule)."""

    redrawn: Tensor
    clean: Tensor

    def corrected(self, clean: Tensor, guess: Guess) -> Tensor:
        return mixed(self.clean, clean, self.redrawn)

    def finished(self, latents: Tensor) -> Tensor:
        """After the last step."""
        return mixed(self.clean, latents, self.redrawn)


@dataclass
class RisingBlend(Blend):
    """Grey cells are redrawn from a step on: where the mask exceeds a threshold that falls to 0 with the last step.

    Differential diffusion (Levin and Fried 2023).
    """

    steps: int

    def corrected(self, clean: Tensor, guess: Guess) -> Tensor:
        threshold = 1 - guess.share - 1 / max(1, self.steps)
        return torch.where(self.redrawn > max(threshold, 0), clean, self.clean)

    def finished(self, latents: Tensor) -> Tensor:
        return torch.where(self.redrawn > 0, latents, self.clean)


@dataclass
class SoftBlend(Blend):
    """A1111's soft inpainting: old and new mixed by the mask, the more of the old the lower the noise.

    The mix keeps its strength: its norm in each cell is the power mean of both norms (features.md 2.12).
    """

    soft: SoftInpainting

    def corrected(self, clean: Tensor, guess: Guess) -> Tensor:
        exponent = guess.sigma**self.soft.schedule_bias * self.soft.preservation_strength
        share = self.redrawn**exponent
        return normed(self.clean, clean, share, self.soft.transition_contrast_boost)

    def finished(self, latents: Tensor) -> Tensor:
        return latents


def mixed(old: Tensor, new: Tensor, share: Tensor) -> Tensor:
    """Exactly the old where the share is 0, exactly the new where it is 1."""
    return torch.where(share == 0, old, torch.where(share == 1, new, old + (new - old) * share))


def normed(old: Tensor, new: Tensor, share: Tensor, power: float) -> Tensor:
    blend = mixed(old, new, share)
    norms = [each.norm(dim=1, keepdim=True).double() for each in (old, new, blend)]
    wanted = (norms[0] ** power * (1 - share) + norms[1] ** power * share) ** (1 / power)
    factor = torch.where(norms[2] > 1e-8, wanted / norms[2].clamp(min=1e-8), torch.ones_like(wanted))
    return torch.where((share == 0) | (share == 1), blend, blend * factor.to(blend.dtype))
