"""DPM-Solver++(2S) for the stochastic equation: an ancestral step to the middle, and one over the whole, each with the
noise of its own span (Lu et al. 2022b; the form of k-diffusion)."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.noise import ancestral


@sampler("DPM++ SDE", "k_dpmpp_sde", schedule="Karras", is_second_order=True, is_brownian=True)
def dpmpp_sde(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    for sigma, next_sigma in pairwise(sigmas):
        clean = denoise(x, sigma)
        if next_sigma:
            middle = math.sqrt(sigma * next_sigma)
            down, up = ancestral(sigma, middle, options.eta)
            ahead = clean + (x - clean) * (down / sigma)
            if up:
                ahead = ahead + noise(sigma, middle) * (up * options.noise)
            clean = denoise(ahead, middle)
        down, up = ancestral(sigma, next_sigma, options.eta)
        x = clean + (x - clean) * (down / sigma)
        if up:
            x = x + noise(sigma, next_sigma) * (up * options.noise)
        yield x
