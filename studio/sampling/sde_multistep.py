"""SDE-DPM-Solver++(2M) (Lu et al. 2022b, algorithm 4), for both ways of counting the last guess."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions

Bend = Callable[[float], float]
"""(span) -> how much the change since the last guess counts; the span is the step in log sigma, times 1 + eta."""


def second_order(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions, *, bend: Bend
) -> Iterator[Latent]:
    before, last_step = None, 0.0
    for sigma, next_sigma in pairwise(sigmas):
        clean = denoise(x, sigma)
        if not next_sigma:
            yield clean
            return
        step = math.log(sigma / next_sigma)
        span = step * (1 + options.eta)
        x = x * math.exp(-span) - clean * math.expm1(-span)
        if before is not None:
            x = x + (clean - before) * (bend(span) * step / last_step)
        if options.eta:
            x = x + noise(sigma, next_sigma) * fresh(next_sigma, step, options)
        before, last_step = clean, step
        yield x


def fresh(next_sigma: float, step: float, options: SamplerOptions) -> float:
    """The deviation of the noise that a step of this length in log sigma adds."""
    return next_sigma * math.sqrt(-math.expm1(-2 * options.eta * step)) * options.noise
