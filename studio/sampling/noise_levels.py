"""From what was asked to the noise levels that are run: the planner's one call. The rules of steps stand here."""

import math
from collections.abc import Sequence
from itertools import accumulate

from studio.domain.errors import BadRequest
from studio.domain.things import Sampler, Schedule, ScheduleOptions
from studio.sampling.ddim_as_a1111 import a1111_levels

NEARLY_ALL = 0.999
"""The strength above which a redraw starts from the first level in any case."""

LEAST_SHARE = 0.001
"""Exact steps of a lower strength would need a schedule without end."""

LEAST_FALL = 1 - 1e-6
"""No level is nearer to the one before: solvers divide by the difference of their logarithms."""


def noise_levels(
    sampler: Sampler,
    schedule: Schedule,
    *,
    trained: Sequence[float],
    steps: int,
    strength: float | None,
    options: ScheduleOptions,
    discards_penultimate: bool = False,
    exact_steps: bool = False,
) -> tuple[float, ...]:
    """The levels to run, falling to 0: one more than steps are run.

    `strength` is None for a picture made of noise alone. Redrawing runs int(strength * steps) + 1 steps of a schedule
    of `steps`; with `exact_steps` the schedule is so long that exactly `steps` are run. `discards_penultimate` is the
    user's wish; some samplers do so in any case.
    """
    if steps < 1:
        raise BadRequest(f"{steps} steps draw nothing: ask for at least 1", field="steps", allowed="at least 1")
    run, whole = steps_to_run(steps, strength, exact_steps)
    if options.ddim_as_a1111 and sampler.name == "DDIM" and strength is not None:
        return a1111_levels(run, whole, trained)
    discards = discards_penultimate or sampler.discards_penultimate
    try:
        sigmas = schedule.sigmas(whole + discards, trained, options)
    except ArithmeticError as error:
        raise unusable() from error
    if discards:
        sigmas = (*sigmas[:-2], sigmas[-1])
    return falling(sigmas)[-run - 1 :]


def steps_to_run(steps: int, strength: float | None, exact_steps: bool) -> tuple[int, int]:
    """(steps that are run, steps of the whole schedule that they are the last of)"""
    if strength is None:
        return steps, steps
    share = min(strength, NEARLY_ALL)
    if not exact_steps:
        return int(share * steps) + 1, steps
    return steps, int(steps / max(share, LEAST_SHARE))


def falling(sigmas: Sequence[float]) -> tuple[float, ...]:
    """The same levels, equal ones moved a little apart. Raises BadRequest when there is one that cannot be run."""
    *levels, end = sigmas
    if not all(math.isfinite(level) and level > 0 for level in levels):
        raise unusable()
    return (*accumulate(levels, lambda above, level: min(level, above * LEAST_FALL)), end)


def unusable() -> BadRequest:
    return BadRequest(
        "These schedule settings (minimum sigma, maximum sigma, rho) give noise levels that cannot be run. Set them"
        " to 0 for the schedule's own",
        field="rho",
        allowed="0 for the schedule's own",
    )
