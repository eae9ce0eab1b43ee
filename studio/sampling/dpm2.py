"""DPM-Solver-2 (Lu et al. 2022a, algorithm 1): the slope of the middle, in log sigma, carries the whole step."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.noise import churned


def middle_step(denoise: Denoiser, x: Latent, sigma: float, next_sigma: float) -> Latent:
    slope = (x - denoise(x, sigma)) / sigma
    if next_sigma:
        middle = math.sqrt(sigma * next_sigma)
        ahead = x + slope * (middle - sigma)
        slope = (ahead - denoise(ahead, middle)) / middle
    return x + slope * (next_sigma - sigma)


@sampler("DPM2", "k_dpm_2", schedule="Karras", discards_penultimate=True, is_second_order=True)
def dpm2(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    for levels in pairwise(sigmas):
        x, sigma = churned(x, levels, len(sigmas) - 1, noise, options)
        x = middle_step(denoise, x, sigma, levels[1])
        yield x
