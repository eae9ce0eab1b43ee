"""DDIM in img2img as A1111 runs it, for those who want its very pictures: two evaluations fewer than steps.

The picture is noised for one level, but the model is told the next one; and the last level is where it ends, so that
the noise of it stays in the picture. A change in A1111's ways is a change of these two functions.
"""

import math
from collections.abc import Iterator, Sequence

from studio.domain.things import Denoiser, Latent, Noise, SamplerOptions, Steps


def a1111_levels(run: int, whole: int, trained: Sequence[float]) -> tuple[float, ...]:
    """The level that the picture is noised for, then those of the steps; it does not end at 0.

    Times are 1, 1 + 1000 // whole, ... for a schedule of `whole` steps, of which the last `run` are asked for.
    """
    last = len(trained) - 1
    times = [min(time + 1, last) for time in range(0, len(trained), max(1, len(trained) // whole))]
    kept = max(2, min(run, len(times)))
    return tuple(trained[time] for time in reversed(times[:kept]))


def without_first_level(
    steps: Steps, denoise: Denoiser, x: Latent, sigmas: Sequence[float], noise: Noise, options: SamplerOptions
) -> Iterator[Latent]:
    """What A1111 hands on has variance 1, so a wrong level changes its scale, and so does leaving out the end."""
    end = math.hypot(1, sigmas[-1])
    start = x * (math.hypot(1, sigmas[1]) / math.hypot(1, sigmas[0]))
    yield start / end
    for latent in steps(denoise, start, sigmas[1:], noise, options):
        yield latent / end
