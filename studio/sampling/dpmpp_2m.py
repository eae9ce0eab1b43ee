"""DPM-Solver++(2M), the second-order multistep solver for the data prediction (Lu et al. 2022b, algorithm 2)."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler


@sampler("DPM++ 2M", "k_dpmpp_2m", schedule="Karras")
def dpmpp_2m(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    before, last_step = None, 0.0
    for sigma, next_sigma in pairwise(sigmas):
        clean = aim = denoise(x, sigma)
        ratio = next_sigma / sigma
        if next_sigma:
            step = -math.log(ratio)
            if before is not None:
                aim = clean + (clean - before) * (step / (2 * last_step))
            last_step = step
        before = clean
        x = x * ratio + aim * (1 - ratio)
        yield x
