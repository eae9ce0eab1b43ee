"""DPM-Solver-fast (Lu et al. 2022a, section 3.4): third-order steps, even in log sigma, for a number of evaluations.

Of the schedule it takes the first level, the last above 0, where it ends, and the number of steps.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.dpm_solver import first, inner_slope, noisy_end, second, slope_at, third
from studio.sampling.levels import between


def orders_of(evaluations: int) -> list[int]:
    """Steps of order 3, then what is left; they add up to the evaluations."""
    whole, left = divmod(evaluations, 3)
    return [3] * whole + [left] if left else [3] * (whole - 1) + [2, 1]


def step_of(denoise: Denoiser, x: Latent, levels: tuple[float, float], order: int) -> Latent:
    slope = slope_at(denoise, x, levels[0])
    if order == 1:
        return first(x, slope, levels)
    share = 1 / order
    inner = inner_slope(denoise, x, slope, levels, share)
    return third(denoise, x, slope, inner, levels) if order == 3 else second(x, slope, inner, levels, share)


@sampler("DPM fast", "k_dpm_fast")
def dpm_fast(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    high, low = sigmas[0], sigmas[-2]
    if high <= low:  # a single step, to 0
        yield denoise(x, high)
        return
    orders = orders_of(len(sigmas) - 1)
    inside = (math.exp(log) for log in between(math.log(high), math.log(low), len(orders), has_end=False))
    for levels, order in zip(pairwise((*inside, low)), orders, strict=True):
        down, up = noisy_end(levels, low, options.eta)
        x = step_of(denoise, x, (levels[0], down), order)
        if up:
            x = x + noise(*levels) * (up * options.noise)
        yield x
