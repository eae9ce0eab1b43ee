"""Control units that also act on the guess at the clean latent: inpaint_only and tile_colorfix (features.md 3.8, 3.9).

Another preprocessor with an effect of its own in the engine is a class here and a line in `control_latent_hooks`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from studio.domain.plan import ControlMap
from studio.domain.request import ControlUnit
from studio.engine.control_weights import acts_in_pass, is_active
from studio.engine.hooks.hook import Guess, Hook, Scene

CELL = 8  # pixels a side of a latent cell
VARIATIONS = (3, 32, 8)
SHARPNESSES = (0, 2, 1.0)
"""Lowest, highest and usual value, as the preprocessors declare them."""
SHARPNESS_UNIT = 0.01
FILLING = "inpaint_only+lama"
HAS_MASK = "inpaint_only leaves the keeping to the picture's own mask, and acts as inpaint_global_harmonious"


@dataclass(slots=True)
class Keep(Hook):
    """inpaint_only: outside the mask the clean latent stays the picture's. `mask`: 1 x 1 x h x w, 1 is redrawn."""

    unit: ControlUnit
    clean: Tensor
    mask: Tensor

    def corrected(self, clean: Tensor, guess: Guess) -> Tensor:
        if not is_active(self.unit, guess.share):
            return clean
        kept = clean * self.mask + self.clean * (1 - self.mask)
        return torch.lerp(clean, kept, clamped(self.unit.weight))


@dataclass(slots=True)
class HoldColours(Hook):
    """tile_colorfix: what is broader than `radius` cells stays the picture's. `gain` strengthens what is finer."""

    unit: ControlUnit
    broad: Tensor
    radius: int
    gain: float

    def corrected(self, clean: Tensor, guess: Guess) -> Tensor:
        if not is_active(self.unit, guess.share):
            return clean
        fine = clean - blurred(clean, self.radius)
        return torch.lerp(clean, self.broad + fine * (1 + self.gain), clamped(self.unit.weight))


@dataclass(slots=True)
class Begin(Hook):
    """inpaint_only+lama: the pass begins with the filled picture under its noise (features.md 3.8)."""

    filled: Tensor

    def begun(self, noisy: Tensor, noise: Tensor, sigma: float) -> Tensor:
        return self.filled.to(noisy) + noise * sigma


def clamped(weight: float) -> float:
    return min(max(weight, 0.0), 1.0)


def blurred(latent: Tensor, radius: int) -> Tensor:
    """The mean over a square of 2 * radius + 1 cells a side; the border repeats."""
    padded = functional.pad(latent, (radius,) * 4, mode="replicate")
    return functional.avg_pool2d(padded, 2 * radius + 1, stride=1)


def control_latent_hooks(scene: Scene) -> Iterator[Hook]:
    has_second = scene.prepared.plan.hires is not None
    for control in scene.prepared.controls:
        if not acts_in_pass(control.unit, scene.is_second, has_second):
            continue
        if control.unit.preprocessor.startswith("tile_colorfix"):
            yield colours_of(scene, control)
        elif control.unit.preprocessor.startswith("inpaint_only"):
            yield from keep_of(scene, control)
        if control.unit.preprocessor == FILLING and begins(scene, control):
            yield Begin(filled=scene.encode(control.image).to(scene.model.torch_device))


def begins(scene: Scene, control: ControlMap) -> bool:
    """Where nothing is left of another picture, or the redrawn one is the filled one itself."""
    return not scene.is_second and (scene.planned.strength >= 1 or control.unit.image is None)


def colours_of(scene: Scene, control: ControlMap) -> HoldColours:
    """In the second pass of hires fix everything is twice as large."""
    unit = control.unit
    radius = int(within(unit.threshold_a, VARIATIONS)) * (2 if scene.is_second else 1)
    is_sharp = unit.preprocessor.endswith("+sharp")
    sharpness = within(unit.threshold_b, SHARPNESSES) if is_sharp else 0.0
    return HoldColours(
        unit=unit,
        broad=blurred(scene.encode(picture(scene, control)).to(scene.model.torch_device), radius),
        radius=radius,
        gain=SHARPNESS_UNIT * sharpness * max(scene.planned.cfg_scale - 1, 0.0),
    )


def keep_of(scene: Scene, control: ControlMap) -> Iterator[Hook]:
    if scene.prepared.plan.mask is not None:
        if control.unit.preprocessor != FILLING:
            scene.note(HAS_MASK)
        return
    if control.mask is None:
        return
    image = picture(scene, control)
    device = scene.model.torch_device
    yield Keep(unit=control.unit, clean=scene.encode(image).to(device), mask=cells(control.mask, image.size).to(device))


def picture(scene: Scene, control: ControlMap) -> Image.Image:
    return control.hires_image if scene.is_second and control.hires_image else control.image


def cells(mask: Image.Image, size: tuple[int, int]) -> Tensor:
    """1 x 1 x height / 8 x width / 8: 1 for each cell that the mask touches."""
    sized = mask if mask.size == size else mask.resize(size, Image.Resampling.NEAREST)
    levels = torch.from_numpy(np.asarray(sized.convert("L"), dtype=np.float32) / 255)[None, None]
    return functional.max_pool2d((levels > 0.5).float(), CELL)


def within(value: float, limits: tuple[float, float, float]) -> float:
    """The value, or the usual one where it lies outside."""
    lowest, highest, usual = limits
    return value if lowest <= value <= highest else usual
