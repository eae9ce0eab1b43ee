"""Steps of DPM-Solver-2 to below the next level and back up with new noise, as in ancestral sampling."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.dpm2 import middle_step
from studio.sampling.noise import ancestral


@sampler("DPM2 a", "k_dpm_2_a", "k_dpm_2_ancestral", schedule="Karras", discards_penultimate=True, is_second_order=True)
def dpm2_ancestral(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    for sigma, next_sigma in pairwise(sigmas):
        down, up = ancestral(sigma, next_sigma, options.eta)
        x = middle_step(denoise, x, sigma, down)
        if up:
            x = x + noise(sigma, next_sigma) * (up * options.noise)
        yield x
