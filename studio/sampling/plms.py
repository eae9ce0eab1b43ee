"""Pseudo linear multistep sampling (Liu et al. 2022, PNDM, equation 12), for x = x0 + sigma * noise.

The first steps use as many slopes as there are, so that no step costs more than one evaluation.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler

WEIGHTS = ((1.0,), (3 / 2, -1 / 2), (23 / 12, -16 / 12, 5 / 12), (55 / 24, -59 / 24, 37 / 24, -9 / 24))


@sampler("PLMS", "plms", schedule="DDIM")
def plms(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    slopes = list[Latent]()
    for sigma, next_sigma in pairwise(sigmas):
        slopes = [(x - denoise(x, sigma)) / sigma, *slopes[: len(WEIGHTS) - 1]]
        for slope, weight in zip(slopes, WEIGHTS[len(slopes) - 1], strict=True):
            x = x + slope * (weight * (next_sigma - sigma))
        yield x
