"""Even steps of the model's own time between the limits that the user may have set; without them it is Uniform."""

from collections.abc import Sequence

from studio.domain.things import ScheduleOptions, schedule
from studio.sampling.levels import between, ended, sigmas_at, time_limits


@schedule("Normal", "normal")
def normal(steps: int, trained: Sequence[float], options: ScheduleOptions) -> tuple[float, ...]:
    first, last = time_limits(trained, options)
    return ended(sigmas_at(between(last, first, steps), trained))
