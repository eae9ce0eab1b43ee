"""Even steps of log sigma, from the highest level to the lowest (as in k-diffusion)."""

import math
from collections.abc import Sequence

from studio.domain.things import ScheduleOptions, schedule
from studio.sampling.levels import between, ended, limits


@schedule("Exponential", "exponential")
def exponential(steps: int, trained: Sequence[float], options: ScheduleOptions) -> tuple[float, ...]:
    low, high = limits(trained, options)
    return ended(math.exp(log) for log in between(math.log(high), math.log(low), steps))
