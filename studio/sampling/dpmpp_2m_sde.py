"""DPM++ 2M SDE: SDE-DPM-Solver++(2M) with the midpoint's weight of the last guess."""

import math
from collections.abc import Iterator, Sequence

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.sde_multistep import second_order


def midpoint(span: float) -> float:
    return -math.expm1(-span) / 2


@sampler("DPM++ 2M SDE", "k_dpmpp_2m_sde", schedule="Exponential", is_brownian=True)
def dpmpp_2m_sde(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    return second_order(denoise, x, sigmas, noise, options, bend=midpoint)
