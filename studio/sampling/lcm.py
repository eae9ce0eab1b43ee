"""Multistep sampling of a consistency model: the guess, and fresh noise upon it (Luo et al. 2023, algorithm 3)."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler


@sampler("LCM", "k_lcm", schedule="SGM Uniform")
def lcm(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    for sigma, next_sigma in pairwise(sigmas):
        x = denoise(x, sigma)
        if next_sigma:
            x = x + noise(sigma, next_sigma) * (next_sigma * options.noise)
        yield x
