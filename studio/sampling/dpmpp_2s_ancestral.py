"""DPM-Solver++(2S) (Lu et al. 2022b, algorithm 1) to below the next level and back up with new noise."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.noise import ancestral


@sampler("DPM++ 2S a", "k_dpmpp_2s_a", schedule="Karras", is_second_order=True)
def dpmpp_2s_ancestral(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    for sigma, next_sigma in pairwise(sigmas):
        down, up = ancestral(sigma, next_sigma, options.eta)
        clean = denoise(x, sigma)
        if down:
            middle = math.sqrt(sigma * down)
            clean = denoise(clean + (x - clean) * (middle / sigma), middle)
        x = clean + (x - clean) * (down / sigma)
        if up:
            x = x + noise(sigma, next_sigma) * (up * options.noise)
        yield x
