"""Steps of sigma at the quantiles of a beta distribution, dense at both ends (Lee et al. 2024, "Beta Sampling")."""

from collections.abc import Sequence

from studio.domain.things import ScheduleOptions, schedule
from studio.sampling.levels import between, ended, limits


@schedule("Beta", "beta")
def beta(steps: int, trained: Sequence[float], options: ScheduleOptions) -> tuple[float, ...]:
    from scipy.special import betaincinv

    low, high = limits(trained, options)
    shares = betaincinv(options.beta_alpha, options.beta_beta, between(1, 0, steps))
    return ended(low + float(share) * (high - low) for share in shares)
