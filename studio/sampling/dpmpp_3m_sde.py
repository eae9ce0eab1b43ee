"""DPM++ 3M SDE: the multistep SDE solver with the last two guesses (Lu et al. 2022b; k-diffusion's third order)."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.sde_multistep import fresh


def bent(guesses: Sequence[Latent], steps: Sequence[float], span: float) -> Latent:
    """What the change of the guesses adds. Both begin with the newest; steps[0] is the one that is being made."""
    second = 1 + math.expm1(-span) / span
    rate = (guesses[0] - guesses[1]) * (steps[0] / steps[1])
    if len(guesses) == 2:
        return rate * second
    older = (guesses[1] - guesses[2]) * (steps[0] / steps[2])
    curve = (rate - older) * (steps[0] / (steps[1] + steps[2]))
    return (rate + curve * (steps[1] / steps[0])) * second - curve * (second / span - 0.5)


@sampler("DPM++ 3M SDE", "k_dpmpp_3m_sde", schedule="Exponential", discards_penultimate=True, is_brownian=True)
def dpmpp_3m_sde(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    guesses, steps = list[Latent](), list[float]()
    for sigma, next_sigma in pairwise(sigmas):
        guesses = [denoise(x, sigma), *guesses[:2]]
        if not next_sigma:
            yield guesses[0]
            return
        steps = [math.log(sigma / next_sigma), *steps[:2]]
        span = steps[0] * (1 + options.eta)
        x = x * math.exp(-span) - guesses[0] * math.expm1(-span)
        if len(guesses) > 1:
            x = x + bent(guesses, steps, span)
        if options.eta:
            x = x + noise(sigma, next_sigma) * fresh(next_sigma, steps[0], options)
        yield x
