"""DPM++ 2M SDE Heun: SDE-DPM-Solver++(2M) with the exact weight of a guess that changes evenly in log sigma."""

import math
from collections.abc import Iterator, Sequence

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.sde_multistep import second_order


def exact(span: float) -> float:
    return 1 + math.expm1(-span) / span


@sampler("DPM++ 2M SDE Heun", "k_dpmpp_2m_sde_heun", schedule="Exponential", is_brownian=True)
def dpmpp_2m_sde_heun(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    return second_order(denoise, x, sigmas, noise, options, bend=exact)
