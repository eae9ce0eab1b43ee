"""Heun's method, the second-order one of Karras et al. 2022 (algorithms 1 and 2); a last step to 0 is Euler's."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.noise import churned


def heun_step(denoise: Denoiser, x: Latent, sigma: float, next_sigma: float) -> Latent:
    slope = (x - denoise(x, sigma)) / sigma
    if next_sigma:
        ahead = x + slope * (next_sigma - sigma)
        slope = (slope + (ahead - denoise(ahead, next_sigma)) / next_sigma) / 2
    return x + slope * (next_sigma - sigma)


@sampler("Heun", "k_heun", is_second_order=True)
def heun(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    for levels in pairwise(sigmas):
        x, sigma = churned(x, levels, len(sigmas) - 1, noise, options)
        x = heun_step(denoise, x, sigma, levels[1])
        yield x
