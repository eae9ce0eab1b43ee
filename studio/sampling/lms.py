"""The linear multistep method (Adams-Bashforth) of up to fourth order, for steps of any length, on dx/dsigma."""

from collections.abc import Iterator, Sequence

import numpy as np

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, sampler

ORDER = 4


def weights(known: Sequence[float], sigma: float, next_sigma: float) -> list[float]:
    """The integrals, from sigma to next_sigma, of the Lagrange polynomials through the known levels."""
    nodes, shares = np.polynomial.legendre.leggauss(ORDER // 2)  # exact for the third degree
    half = (next_sigma - sigma) / 2
    at = sigma + half * (1 + nodes)
    return [
        float(half * shares @ np.prod([(at - other) / (level - other) for other in known if other != level], axis=0))
        if len(known) > 1
        else next_sigma - sigma
        for level in known
    ]


@sampler("LMS", "k_lms")
def lms(
    denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    slopes = list[Latent]()
    for index in range(len(sigmas) - 1):
        sigma, next_sigma = sigmas[index], sigmas[index + 1]
        slopes = [(x - denoise(x, sigma)) / sigma, *slopes[: ORDER - 1]]
        known = [sigmas[index - back] for back in range(len(slopes))]
        for slope, weight in zip(slopes, weights(known, sigma, next_sigma), strict=True):
            x = x + slope * weight
        yield x
