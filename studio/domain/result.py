"""What came out, and how far a job is. A new fact about a job is a field here and a column of `store/jobs.py`."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PIL.Image import Image

from studio.domain.errors import StudioError


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedImage:
    """`path` is None where nothing is saved. `notes` say what the user should know about this picture."""

    image: Image
    seed: int
    infotext: str
    path: Path | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a picture stands in its job, which its file's name may tell. `number` counts its `count` pictures from 1.

    `plain_prompt` is the prompt before styles.
    """

    number: int = 1
    count: int = 1
    batch_size: int = 1
    styles: tuple[str, ...] = ()
    plain_prompt: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """`maps` are control maps to show beside the pictures."""

    images: tuple[GeneratedImage, ...]
    maps: tuple[Image, ...] = ()


class JobState(StrEnum):
    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (JobState.done, JobState.failed, JobState.cancelled)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """How far a request is; `paths` are its finished pictures, which carry their own infotext.

    `maps` are pictures to show beside them (masks, control maps, a grid); `shown` are both, as they were made.
    `left_out`: what was asked for together with it, and could not be drawn.
    `owner` tells whose it is ("page:<session>", "api:<user>"); `created` is in seconds since 1970.
    """

    id: str
    owner: str
    state: JobState
    created: float
    paths: tuple[Path, ...]
    maps: tuple[Path, ...]
    shown: tuple[Path, ...]
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    error: StudioError | None


@dataclass(frozen=True, kw_only=True, slots=True)
class JobProgress:
    """`share` 0..1; `seconds_left` 0 while nothing is known; `position` counts the jobs before it, 0 once it runs."""

    state: JobState
    share: float
    step: int
    steps: int
    picture: int
    pictures: int
    seconds_left: float
    position: int
    preview: Image | None
    preview_number: int
    text: str
