"""DDIM (Song et al. 2020, equation 12), written for x = x0 + sigma * noise: the guess, and its noise at the next level.

Its eta then splits a step exactly as an ancestral one; with eta 0 it is Euler's method.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.ddim_as_a1111 import without_first_level
from studio.sampling.noise import ancestral


@sampler("DDIM", "ddim", schedule="DDIM")
def ddim(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    if options.ddim_as_a1111 and sigmas[-1]:
        return without_first_level(stepped, denoise, x, sigmas, noise, options)
    return stepped(denoise, x, sigmas, noise, options)


def stepped(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    for sigma, next_sigma in pairwise(sigmas):
        down, up = ancestral(sigma, next_sigma, options.eta_ddim)
        clean = denoise(x, sigma)
        x = clean + (x - clean) * (down / sigma)
        if up:
            x = x + noise(sigma, next_sigma) * (up * options.noise)
        yield x
