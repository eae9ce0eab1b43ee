"""The levels that Sabour et al. 2024 ("Align Your Steps") found best in ten steps, per family of models.

Other numbers of steps interpolate log sigma, as the authors advise. The limits of the model do not move them.
"""

from collections.abc import Sequence

from studio.domain.things import ScheduleOptions, schedule
from studio.sampling.levels import between, ended, sigmas_at

SD1 = (14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029)
SDXL = (14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029)


@schedule("Align Your Steps", "align_your_steps")
def align_your_steps(steps: int, trained: Sequence[float], options: ScheduleOptions) -> tuple[float, ...]:
    best = SDXL if options.is_sdxl else SD1
    return ended(sigmas_at(between(0, len(best) - 1, steps), best))
