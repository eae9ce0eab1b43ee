"""How samplers add noise: the split of an ancestral step, and churn. Add what two samplers need."""

import math

from studio.domain.things import Latent, Noise, SamplerOptions


def ancestral(sigma: float, next_sigma: float, eta: float) -> tuple[float, float]:
    """(down, up): step to `down` without noise, then add noise of deviation `up`; together they reach next_sigma.

    With eta 1 the added noise is that of DDPM's posterior (Ho et al. 2020), with 0 there is none.
    """
    if not eta:
        return next_sigma, 0.0
    up = min(next_sigma, eta * next_sigma * math.sqrt(max(sigma**2 - next_sigma**2, 0)) / sigma)
    return math.sqrt(next_sigma**2 - up**2), up


def churned(
    x: Latent, levels: tuple[float, float], steps: int, noise: Noise, options: SamplerOptions
) -> tuple[Latent, float]:
    """The latent with fresh noise, and its level, before a step between levels (Karras et al. 2022, algorithm 2)."""
    sigma, next_sigma = levels
    if not options.churn or not options.churn_min <= sigma <= (options.churn_max or math.inf):
        return x, sigma
    raised = sigma * (1 + min(options.churn / steps, math.sqrt(2) - 1))
    added = math.sqrt(raised**2 - sigma**2) * options.noise
    return x + noise(sigma, next_sigma) * added, raised
