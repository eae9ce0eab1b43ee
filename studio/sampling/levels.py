"""What schedules share: the model's levels as a function of its time, and the limits that a user may have set.

Time is the index into the trained levels; between two indices log sigma is linear. Add what two schedules need.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from studio.domain.errors import BadRequest
from studio.domain.things import ScheduleOptions


def limits(trained: Sequence[float], options: ScheduleOptions) -> tuple[float, float]:
    """The lowest and the highest level. Raises BadRequest when what the user has set leaves nothing between them."""
    low, high = options.sigma_min or trained[0], options.sigma_max or trained[-1]
    if not 0 < low < high:
        raise BadRequest(
            f"The noise schedule cannot run from sigma {high:g} down to {low:g}: set its minimum sigma above 0 and"
            " below its maximum sigma, or both to 0 for the model's own",
            field="sigma_min",
            allowed=f"a number above 0 and below {high:g}",
        )
    return low, high


def time_limits(trained: Sequence[float], options: ScheduleOptions) -> tuple[float, float]:
    """The times of the limits; beyond the trained levels the nearest of them."""
    first, last = np.interp(np.log(limits(trained, options)), np.log(trained), np.arange(len(trained))).tolist()
    return first, last


def sigmas_at(times: Iterable[float], trained: Sequence[float]) -> list[float]:
    return np.exp(np.interp(list(times), np.arange(len(trained)), np.log(trained))).tolist()


def between(high: float, low: float, count: int, has_end: bool = True) -> list[float]:
    """`count` even steps from high down to low, with or without low itself."""
    return np.linspace(high, low, count, endpoint=has_end).tolist()


def ended(sigmas: Iterable[float]) -> tuple[float, ...]:
    return (*sigmas, 0.0)
