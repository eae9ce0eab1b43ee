"""UniPC's own spacings (Zhao et al. 2023): even in time, in its square root, or in log sigma; the end is left out."""

import math
from collections.abc import Sequence

from studio.domain.things import ScheduleOptions, schedule
from studio.sampling.levels import between, ended, limits, sigmas_at, time_limits


@schedule("UniPC", "uni_pc")
def uni_pc_spacing(steps: int, trained: Sequence[float], options: ScheduleOptions) -> tuple[float, ...]:
    low, high = limits(trained, options)
    if options.uni_pc_skip_type == "logSNR":
        return ended(math.exp(log) for log in between(math.log(high), math.log(low), steps, has_end=False))
    first, last = time_limits(trained, options)
    if options.uni_pc_skip_type == "time_quadratic":  # time counts from 1 there
        roots = between(math.sqrt(last + 1), math.sqrt(first + 1), steps, has_end=False)
        return ended(sigmas_at((root**2 - 1 for root in roots), trained))
    return ended(sigmas_at(between(last, first, steps, has_end=False), trained))
