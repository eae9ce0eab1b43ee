"""UniPC, a predictor and a corrector of any order that cost one evaluation a step together (Zhao et al. 2023).

Data prediction, for x = x0 + sigma * noise: with h = log(sigma / next sigma) and z = -h, a step is
x' = (next / sigma) x - expm1(z) m0 - sum(weights * differences). The variants of B(h) differ only where the paper fixes
a coefficient at 1/2: the predictor of order 2 and the corrector of order 1; elsewhere B(h) cancels.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler

SCALES: Mapping[str, Callable[[float], float]] = {"bh1": float, "bh2": math.expm1}
"""B(h), of z, by variant; vary_coeff solves for every coefficient."""


def phi(order: int, z: float) -> float:
    """The function phi of exponential integrators: the sum of z**j / (j + order)!"""
    return math.fsum(z**j / math.factorial(j + order) for j in range(60))


def weights(ratios: Sequence[float], z: float, variant: str) -> list[float]:
    """How much each difference (m(ratio) - m0) / ratio counts, for ratios of the step (1 is its end)."""
    if len(ratios) == 1 and variant in SCALES:
        return [0.5 * SCALES[variant](z)]
    powers = range(len(ratios))
    left = [[ratio**power for ratio in ratios] for power in powers]
    right = [math.factorial(power + 1) * z * phi(power + 2, z) for power in powers]
    return np.linalg.lstsq(np.array(left), np.array(right), rcond=None)[0].tolist()


def moved(x: Latent, levels: tuple[float, float], guesses: Sequence[tuple[float, Latent]], variant: str) -> Latent:
    """x from one level to the next. `guesses`: the one at the first level, then others to correct its course by."""
    sigma, next_sigma = levels
    start = guesses[0][1]
    x = x * (next_sigma / sigma) + start * (1 - next_sigma / sigma)
    if len(guesses) > 1:
        step = math.log(sigma / next_sigma)
        ratios = [math.log(sigma / level) / step for level, _ in guesses[1:]]
        for (_, guess), ratio, weight in zip(guesses[1:], ratios, weights(ratios, -step, variant), strict=True):
            x = x - (guess - start) * (weight / ratio)
    return x


@sampler("UniPC", "unipc", schedule="UniPC")
def uni_pc(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    variant, steps = options.uni_pc_variant, len(sigmas) - 1
    guesses, base, order = list[tuple[float, Latent]](), x, 0
    for index in range(steps):
        sigma, next_sigma = sigmas[index], sigmas[index + 1]
        clean = denoise(x, sigma)
        if guesses:  # correct where the last step has led to, now that there is a guess at its end
            x = moved(base, (sigmas[index - 1], sigma), [*guesses[:order], (sigma, clean)], variant)
        guesses = [(sigma, clean), *guesses[: options.uni_pc_order - 1]]
        order = min(len(guesses), steps - index) if options.uni_pc_lower_order_final else len(guesses)
        base = x
        x = moved(x, (sigma, next_sigma), guesses[:order] if next_sigma else guesses[:1], variant)
        yield x
