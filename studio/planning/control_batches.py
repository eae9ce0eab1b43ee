"""Batches of control units: how many runs a request is, and the units of each run. The shortest batch counts."""

from collections.abc import Sequence
from dataclasses import replace

from PIL.Image import Image

from studio.domain.request import ControlPictures, ControlUnit, InputMode


def count_runs(units: Sequence[ControlUnit]) -> int:
    """How many pictures the shortest batch has; 0 where no unit has a batch."""
    return min((len(batch.images) for unit in units if (batch := batch_of(unit))), default=0)


def has_loopback(units: Sequence[ControlUnit]) -> bool:
    return any(batch.has_loopback for unit in units if (batch := batch_of(unit)))


def batch_of(unit: ControlUnit) -> ControlPictures | None:
    return unit.several if unit.several and unit.several.mode is InputMode.batch else None


def units_of_run(units: Sequence[ControlUnit], run: int, before: Image | None) -> tuple[ControlUnit, ...]:
    """Each batch by its picture of the run, or by what the run before has drawn where it loops back."""
    return tuple(unit_of_run(unit, batch, run, before) if (batch := batch_of(unit)) else unit for unit in units)


def unit_of_run(unit: ControlUnit, batch: ControlPictures, run: int, before: Image | None) -> ControlUnit:
    image = before if batch.has_loopback and before else batch.images[run]
    return replace(unit, image=image, mask=batch.masks[run] if batch.masks else None, several=None)
