"""DDIM with CFG++ (Chung et al. 2024): gentle guidance of the guess, and the direction from the unguided one.

The paper's guidance lies between 0 and 1; the usual scale divided by 12.5 is about that.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.noise import ancestral

GUIDANCE = 1 / 12.5


@sampler("DDIM CFG++", "ddim_cfgpp", schedule="DDIM")
def ddim_cfgpp(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    for sigma, next_sigma in pairwise(sigmas):
        down, up = ancestral(sigma, next_sigma, options.eta_ddim)
        guided, unguided = denoise.with_unconditional(x, sigma)
        x = unguided + (guided - unguided) * GUIDANCE + (x - unguided) * (down / sigma)
        if up:
            x = x + noise(sigma, next_sigma) * (up * options.noise)
        yield x
