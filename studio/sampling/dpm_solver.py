"""Single steps of DPM-Solver (Lu et al. 2022a, algorithms 1 and 2) of orders 1 to 3, in log sigma, noise prediction.

`slope` is the predicted noise where the step begins, `inner` the one at `share` of its way in log sigma.
"""

import math

from studio.domain.things import Denoiser, Latent
from studio.sampling.noise import ancestral


def slope_at(denoise: Denoiser, x: Latent, sigma: float) -> Latent:
    return (x - denoise(x, sigma)) / sigma


def inner_slope(denoise: Denoiser, x: Latent, slope: Latent, levels: tuple[float, float], share: float) -> Latent:
    sigma, next_sigma = levels
    inside = sigma * (next_sigma / sigma) ** share
    return slope_at(denoise, first(x, slope, (sigma, inside)), inside)


def first(x: Latent, slope: Latent, levels: tuple[float, float]) -> Latent:
    return x + slope * (levels[1] - levels[0])


def second(x: Latent, slope: Latent, inner: Latent, levels: tuple[float, float], share: float) -> Latent:
    return first(x, slope + (inner - slope) / (2 * share), levels)


def third(denoise: Denoiser, x: Latent, slope: Latent, inner: Latent, levels: tuple[float, float]) -> Latent:
    """`inner` is the slope at a third of the way; one more is taken at two thirds."""
    sigma, next_sigma = levels
    inside = sigma * (next_sigma / sigma) ** (2 / 3)
    ahead = first(x, slope, (sigma, inside)) - (inner - slope) * (2 * curve(sigma, inside))
    change = slope_at(denoise, ahead, inside) - slope
    return first(x, slope, levels) - change * (1.5 * curve(sigma, next_sigma))


def curve(sigma: float, next_sigma: float) -> float:
    """How much a slope counts that grows evenly in log sigma, from 0 to 1 over the step."""
    step = math.log(sigma / next_sigma)
    return next_sigma * (math.expm1(step) / step - 1)


def noisy_end(levels: tuple[float, float], lowest: float, eta: float) -> tuple[float, float]:
    """(down, up) of an ancestral step that goes no lower than `lowest`."""
    sigma, next_sigma = levels
    down = max(lowest, ancestral(sigma, next_sigma, eta)[0])
    return down, math.sqrt(max(next_sigma**2 - down**2, 0))
