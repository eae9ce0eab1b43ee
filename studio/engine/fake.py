"""An engine without a model: the real sampler loop over a toy denoiser whose latent is the picture itself.

So strength, steps, seed, prompts, mask, progress, previews and Interrupt have their true effects in milliseconds.
"""

import hashlib
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.domain.geometry import Size
from studio.domain.plan import Drawn, PassPlan, Prepared
from studio.domain.ports import Part, Progress
from studio.domain.registry import Registry
from studio.domain.things import Sampler

Pixels = NDArray[np.float64]  # height x width x 3, -1..1; for masks height x width x 1, 0..1
SPREAD = 0.1  # standard deviation of the pictures that the toy believes in, around the one that the prompt asks for
TINT = 0.3  # how far the prompt's colour pulls, before guidance


@dataclass(frozen=True, slots=True)
class ToyDenoiser:
    """Exact if pictures are normal with deviation SPREAD around `target`; outside the mask, `clean` itself."""

    clean: Pixels
    target: Pixels
    unwanted: Pixels
    redrawn: Pixels

    def __call__(self, x: Pixels, sigma: float) -> Pixels:
        return self.with_unconditional(x, sigma)[0]

    def with_unconditional(self, x: Pixels, sigma: float) -> tuple[Pixels, Pixels]:
        guesses = ((SPREAD**2 * x + sigma**2 * aim) / (SPREAD**2 + sigma**2) for aim in (self.target, self.unwanted))
        guided, free = (self.clean + self.redrawn * (guess - self.clean) for guess in guesses)
        return guided, free


@dataclass(frozen=True, slots=True)
class FakeEngine:
    """`seconds_per_step` slows it down, so that a page that waits for it can be looked at."""

    samplers: Registry[Sampler]
    seconds_per_step: float = 0.0

    def run(self, prepared: Prepared, progress: Progress) -> Iterator[Drawn]:
        plan = prepared.plan
        for index, seed in enumerate(plan.seeds):
            progress.picture(index, len(plan.seeds))
            pixels, is_partial = self._redraw(prepared, plan.first, seed, Part(progress, index, len(plan.seeds)))
            yield Drawn(image=to_image(pixels).resize(plan.size), index=index, is_partial=is_partial)

    def keep(self, key: Hashable, load: Callable[[Any], Any]) -> Any:
        """Nothing is kept, and everything runs on the processor."""
        return load("cpu")

    def warm(self, checkpoint: str, vae: str, fp8: str) -> None:
        """There is nothing to load."""

    def unload(self) -> None: ...

    def _redraw(self, prepared: Prepared, planned: PassPlan, seed: int, progress: Progress) -> tuple[Pixels, bool]:
        clean = to_pixels(prepared.image) if prepared.image else blank(planned.size)
        if prepared.image and planned.strength == 0:
            return clean, False
        generator = np.random.default_rng(seed)
        x = clean + generator.standard_normal(clean.shape) * planned.sigmas[0] * prepared.plan.noise.multiplier
        steps = self.samplers[planned.sampler].steps(
            toy_denoiser(prepared, planned, clean),
            x,
            planned.sigmas,
            lambda sigma, next_sigma: generator.standard_normal(clean.shape),
            prepared.plan.options,
        )
        for done, latent in enumerate(steps, start=1):
            x = latent
            time.sleep(self.seconds_per_step)
            preview = to_image(x) if progress.wants_preview(done) else None
            progress.step(done, len(planned.sigmas) - 1, preview)
            if progress.is_skipped():
                return x, True
        return x, False


def toy_denoiser(prepared: Prepared, planned: PassPlan, clean: Pixels) -> ToyDenoiser:
    wanted, unwanted = (
        clean + TINT * (colour_of(text, planned.model) - clean) for text in (planned.prompt, planned.negative_prompt)
    )
    target = np.clip(unwanted + planned.cfg_scale * (wanted - unwanted), -1, 1)
    mask = prepared.latent_mask
    redrawn = np.asarray(mask, dtype=np.float64)[..., None] / 255 if mask else np.ones(1)
    return ToyDenoiser(clean, target, unwanted, redrawn)


def colour_of(text: str, model: str) -> Pixels:
    """Some colour, the same for the same text and model."""
    digest = hashlib.sha256(f"{model}\n{text}".encode()).digest()
    return np.array(list(digest[:3])) / 127.5 - 1


def blank(size: Size) -> Pixels:
    return np.zeros((size.height, size.width, 3))


def to_pixels(image: Image.Image) -> Pixels:
    return np.asarray(image, dtype=np.float64) / 127.5 - 1


def to_image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(((np.clip(pixels, -1, 1) + 1) * 127.5).round().astype(np.uint8))
