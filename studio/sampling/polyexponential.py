"""Steps of log sigma along a power of the way: rho above 1 spends more of them at low noise (as in k-diffusion)."""

import math
from collections.abc import Sequence

from studio.domain.things import ScheduleOptions, schedule
from studio.sampling.levels import between, ended, limits

RHO = 1.0


@schedule("Polyexponential", "polyexponential")
def polyexponential(steps: int, trained: Sequence[float], options: ScheduleOptions) -> tuple[float, ...]:
    low, high = limits(trained, options)
    rho = options.rho or RHO
    return ended(low * math.pow(high / low, way**rho) for way in between(1, 0, steps))
