"""DDIM's times: even steps up from the second level, so that the first of them lies below the model's last level.

Where the number of steps divides the number of levels they are the usual whole times (20 steps: 951, 901, ... 1).
"""

from collections.abc import Sequence

from studio.domain.things import ScheduleOptions, schedule
from studio.sampling.levels import ended, sigmas_at


@schedule("DDIM", "ddim", "ddim_uniform")
def ddim_uniform(steps: int, trained: Sequence[float], options: ScheduleOptions) -> tuple[float, ...]:
    if steps == 1:  # from pure noise, not from the second level
        return ended(trained[-1:])
    apart = min(len(trained) / steps, (len(trained) - 2) / (steps - 1))
    return ended(sigmas_at((1 + index * apart for index in reversed(range(steps))), trained))
