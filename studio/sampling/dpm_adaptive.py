"""DPM-Solver-12/23's adaptive steps (Lu et al. 2022a, appendix C): as long as orders 2 and 3 agree within a tolerance.

Of the schedule it takes the first level and the last above 0, where it ends; how many steps it makes is its own matter.
"""

import math
from collections.abc import Iterator, Sequence

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler
from studio.sampling.dpm_solver import inner_slope, noisy_end, second, slope_at, third

FIRST_STEP = 0.05
RELATIVE, ABSOLUTE = 0.05, 0.0078
ORDER, NOISY_ORDER = 3, 1.5
"""The powers of the step that the error is taken to grow with; with added noise it is the lower one."""

ACCEPTED = 0.81
TRIES = 200
"""A run that has not come to its end by then is ended with the guess it has; usual are 20 to 50."""

Tried = tuple[Latent, Latent]
"""(what a step of order 2 gives, what one of order 3 gives)"""


@sampler("DPM adaptive", "k_dpm_ad", "k_dpm_adaptive")
def dpm_adaptive(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    sigma, low = sigmas[0], sigmas[-2]
    step, before = FIRST_STEP, x
    for _ in range(TRIES if low < sigma else 0):
        levels = sigma, max(low, sigma * math.exp(-step))
        down, up = noisy_end(levels, low, options.eta)
        rough, fine = tried(denoise, x, (sigma, down))
        error = distance(rough, fine, before)
        if not math.isfinite(error):  # it has diverged; whoever looks at the latent sees it
            yield fine
            return
        factor = 1 + math.atan((error + 1e-8) ** (-1 / (NOISY_ORDER if options.eta else ORDER)) - 1)
        step *= factor
        if factor < ACCEPTED:
            continue
        x, before, sigma = fine, rough, levels[1]
        if up:
            x = x + noise(*levels) * (up * options.noise)
        yield x
        if math.log(sigma / low) <= 1e-5:
            return
    yield denoise(x, sigma)


def tried(denoise: Denoiser, x: Latent, levels: tuple[float, float]) -> Tried:
    slope = slope_at(denoise, x, levels[0])
    inner = inner_slope(denoise, x, slope, levels, 1 / 3)
    return second(x, slope, inner, levels, 1 / 3), third(denoise, x, slope, inner, levels)


def distance(rough: Latent, fine: Latent, before: Latent) -> float:
    """The root mean square of the difference, in tolerances."""
    tolerance = larger(RELATIVE * larger(abs(rough), abs(before)), ABSOLUTE)
    share = (rough - fine) / tolerance
    return math.sqrt(float((share * share).mean()))


def larger(first: Latent, second: Latent) -> Latent:
    """Element by element; only arithmetic, so that it serves arrays of any library."""
    return (first + second + abs(first - second)) / 2
