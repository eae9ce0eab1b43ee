"""Even steps of the model's own time without its end, as Stability's generative-models make them."""

from collections.abc import Sequence

from studio.domain.things import ScheduleOptions, schedule
from studio.sampling.levels import between, ended, sigmas_at, time_limits


@schedule("SGM Uniform", "sgm_uniform", "SGMUniform")
def sgm_uniform(steps: int, trained: Sequence[float], options: ScheduleOptions) -> tuple[float, ...]:
    first, last = time_limits(trained, options)
    return ended(sigmas_at(between(last, first, steps, has_end=False), trained))
