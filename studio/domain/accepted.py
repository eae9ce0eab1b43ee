"""A request at the moment it was taken. This is what the queue stores, so a job that runs again is the same job."""

from dataclasses import dataclass

from studio.domain.request import GenerationRequest
from studio.domain.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """`request` has its seeds and wildcards drawn; `settings` are complete and frozen; `model` is a checkpoint's title.

    `notes` are said with the result.
    """

    request: GenerationRequest
    settings: Settings
    model: str
    model_hash: str
    notes: tuple[str, ...] = ()
