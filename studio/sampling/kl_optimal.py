"""The schedule that is optimal in KL divergence for Gaussian data (Sabour et al. 2024): even steps of arctan(sigma).

Its last level, the lowest, is replaced by 0, so that no noise is left.
"""

import math
from collections.abc import Sequence

from studio.domain.things import ScheduleOptions, schedule
from studio.sampling.levels import between, ended, limits


@schedule("KL Optimal", "kl_optimal")
def kl_optimal(steps: int, trained: Sequence[float], options: ScheduleOptions) -> tuple[float, ...]:
    low, high = limits(trained, options)
    return ended(math.tan(angle) for angle in between(math.atan(high), math.atan(low), steps, has_end=False))
