"""Restart sampling (Xu et al. 2023): Heun's method that goes back up to sigma 2 at about 0.1 and down again.

The number of steps counts all that are made: from 20 steps on 9 of them are the second way down, from 36 on a quarter
each is the second and the third. The levels of a run with restarts are Karras's between the first and the last.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, ScheduleOptions, sampler
from studio.sampling.heun import heun_step
from studio.sampling.karras import karras

LOW, HIGH = 0.1, 2.0


def with_restarts(sigmas: Sequence[float]) -> list[tuple[float, float]]:
    """The steps to make, (from, to); where one begins above the end of the one before, noise is added."""
    steps = len(sigmas) - 1
    if steps < 20:
        return list(pairwise(sigmas))
    again, times = (steps // 4, 2) if steps >= 36 else (9, 1)
    levels = karras.sigmas(steps - again * times, (sigmas[-2], sigmas[0]), ScheduleOptions())
    low, high = (min(range(len(levels)), key=lambda at, aim=aim: abs(levels[at] - aim)) for aim in (LOW, HIGH))
    pairs = list(pairwise(levels))
    if high >= low or not levels[low]:
        return pairs
    back = karras.sigmas(again + 1, (levels[low], levels[high]), ScheduleOptions())[:-1]
    return [*pairs[:low], *(list(pairwise(back)) * times), *pairs[low:]]


@sampler("Restart", "restart", schedule="Karras", is_second_order=True)
def restart(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    at = sigmas[0]
    for sigma, next_sigma in with_restarts(sigmas):
        if sigma > at:
            x = x + noise(sigma, at) * (math.sqrt(sigma**2 - at**2) * options.noise)
        x = heun_step(denoise, x, sigma, next_sigma)
        at = next_sigma
        yield x
