"""Trained levels at even distances, from the last one on, none interpolated (as in ComfyUI)."""

from collections.abc import Sequence

from studio.domain.things import ScheduleOptions, schedule
from studio.sampling.levels import ended


@schedule("Simple", "simple")
def simple(steps: int, trained: Sequence[float], options: ScheduleOptions) -> tuple[float, ...]:
    return ended(trained[-1 - int(step * len(trained) / steps)] for step in range(steps))
