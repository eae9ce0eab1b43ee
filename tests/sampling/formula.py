"""A model that is a formula, noise without chance, and a run of a sampler with them."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from studio.domain.things import Sampler, SamplerOptions

SPREAD = 0.25


class Formula:
    """The mean of pictures that are half about -center and half about center; as in tools/golden for center 1.

    It remembers at which levels it was asked.
    """

    def __init__(self, center: float = 1.0) -> None:
        self.center, self.evaluated = center, list[float]()

    def __call__(self, x: Any, sigma: float) -> Any:
        self.evaluated.append(sigma)
        variance, spread = sigma**2, SPREAD**2
        mean = self.center * np.tanh(self.center * x / (spread + variance))
        return (spread * x + variance * mean) / (spread + variance)

    def with_unconditional(self, x: Any, sigma: float) -> tuple[Any, Any]:
        return self(x, sigma), Formula(self.center / 2)(x, sigma)


def wave(count: int) -> Callable[[float, float], Any]:
    """Another wave for each pair of levels, as in tools/golden."""
    return lambda sigma, next_sigma: math.sqrt(2) * np.sin((1 + 3 * sigma + 7 * next_sigma) * np.arange(1, count + 1))


def run(sampler: Sampler, sigmas: Sequence[float], start: Any, model: Any = None, **options: Any) -> list[Any]:
    """The latents after each step."""
    return list(sampler.steps(model or Formula(), start, sigmas, wave(len(start)), SamplerOptions(**options)))
