"""Everything that can go wrong on purpose, as one tree. Add a leaf here, and its status to `api/errors.py`.

StudioError
  BadRequest           a value out of range, or two that contradict each other
  BrokenFile           a picture, mask or weight file that cannot be read
  UnknownName          a sampler, schedule, preprocessor ... that is not installed
    UnknownScript
  ModelMissing         weights that do not lie where they should
  PictureMissing       img2img without a picture
  IncompatibleModel    weights of another architecture than the one that is needed
  OutOfMemory          something that does not fit, whatever is dropped for it
  DiskRefused          a disk that is full, or a folder that may not be written
  NotANumber           the network answered with NaN, also after the retry in float32
  Cancelled            the user pressed Interrupt; never leaves the worker
"""

from collections.abc import Iterator, Mapping
from typing import Any


class StudioError(Exception):
    """Its text is shown to the user and says what to do; `facts` are the same for a program (JSON values)."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    @property
    def kind(self) -> str:
        return type(self).__name__


class BadRequest(StudioError): ...


class BrokenFile(StudioError): ...


class UnknownName(StudioError): ...


class UnknownScript(UnknownName): ...


class ModelMissing(StudioError): ...


class PictureMissing(StudioError): ...


class IncompatibleModel(StudioError): ...


class OutOfMemory(StudioError): ...


class DiskRefused(StudioError):
    @classmethod
    def because(cls, accident: Exception) -> "DiskRefused":
        """With what the system says."""
        return cls(f"The disk refused: {accident}. Make room, or see to the folder's rights, and try again")


class NotANumber(StudioError): ...


class Cancelled(StudioError): ...


def kinds(base: type[StudioError] = StudioError) -> Iterator[type[StudioError]]:
    yield base
    for leaf in base.__subclasses__():
        yield from kinds(leaf)


def restore_error(kind: str, message: str, facts: Mapping[str, Any]) -> StudioError:
    """An error that was written down by its kind, message and facts, as it was."""
    return next((known for known in kinds() if known.__name__ == kind), StudioError)(message, **facts)
