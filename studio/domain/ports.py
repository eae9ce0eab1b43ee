"""What the rooms need of each other, as protocols. `bootstrap` hands in the real ones, tests hand in their own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL.Image import Image

from studio.domain.accepted import Accepted
from studio.domain.errors import StudioError
from studio.domain.fields import Value
from studio.domain.plan import Drawn, Prepared
from studio.domain.result import Job, JobState, Origin, Result
from studio.domain.settings import Settings


class Progress(Protocol):
    def step(self, done: int, total: int, preview: Image | None = None) -> None:
        """Say how far the work is. Raises Cancelled once the user has asked for the end and was told to leave."""
        ...

    def wants_preview(self, done: int) -> bool:
        """Whether somebody looks and it is time; a preview costs the engine some work."""
        ...

    def is_skipped(self) -> bool:
        """Whether this picture is to be left as it is: skipped (asking resets it), or the work interrupted.

        Whoever calls `step` asks after each.
        """
        ...

    def picture(self, index: int, count: int) -> None:
        """Picture `index` of `count` begins. Raises Cancelled once the user has asked for the end."""
        ...

    def finished(self, path: Path) -> None:
        """A picture is on the disk, and stays whatever happens next."""
        ...

    def shown(self, path: Path) -> None:
        """A picture to show beside the finished ones (a control map) is on the disk."""
        ...

    def note(self, text: str) -> None:
        """Say what the user should know; it is shown with the result."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One of several equal parts of a longer progress."""

    whole: Progress
    index: int
    count: int

    def step(self, done: int, total: int, preview: Image | None = None) -> None:
        self.whole.step(self.index * total + done, self.count * total, preview)

    def wants_preview(self, done: int) -> bool:
        return self.whole.wants_preview(done)

    def is_skipped(self) -> bool:
        return self.whole.is_skipped()

    def picture(self, index: int, count: int) -> None:
        self.whole.picture(self.index * count + index, self.count * count)

    def finished(self, path: Path) -> None:
        self.whole.finished(path)

    def shown(self, path: Path) -> None:
        self.whole.shown(path)

    def note(self, text: str) -> None:
        self.whole.note(text)


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A progress whose pictures are only steps on the way: they are neither kept nor shown."""

    whole: Progress

    def step(self, done: int, total: int, preview: Image | None = None) -> None:
        self.whole.step(done, total, preview)

    def wants_preview(self, done: int) -> bool:
        return self.whole.wants_preview(done)

    def is_skipped(self) -> bool:
        return self.whole.is_skipped()

    def picture(self, index: int, count: int) -> None:
        self.whole.picture(index, count)

    def finished(self, path: Path) -> None: ...
    def shown(self, path: Path) -> None: ...
    def note(self, text: str) -> None:
        self.whole.note(text)


class Engine(Protocol):
    def run(self, prepared: Prepared, progress: Progress) -> Iterator[Drawn]:
        """One picture (RGB, `plan.size`) per seed, in order, each as soon as it is done."""
        ...


class Weights(Protocol):
    """What lies in memory for drawing."""

    def warm(self, checkpoint: str, vae: str, fp8: str) -> None:
        """Loads a checkpoint ahead of its first job, by its title, as settings say. Raises what a job would raise."""
        ...

    def unload(self) -> None:
        """Frees all of them; the next job loads its own again."""
        ...


class Annotator(Protocol):
    def annotate(self, preprocessor: str, image: Image, resolution: int, arguments: Mapping[str, Value]) -> Image:
        """The control map of a picture, at the preprocessor's own size; alpha 255 is masked, where that matters.

        Raises UnknownName, ModelMissing, BadRequest where a mask is missing.
        """
        ...

    def fetch(self, preprocessor: str, tell: Callable[[str, int, int], None]) -> None:
        """Brings the missing ones; `tell(file, bytes here, bytes in all)`. Raises ModelMissing, StudioError."""
        ...

    def missing(self, preprocessor: str) -> Sequence[str]:
        """The weight files that a preprocessor would need and that are not there. Raises UnknownName."""
        ...


class Upscale(Protocol):
    def __call__(self, image: Image, scale: float, upscaler: str) -> Image:
        """A picture of int(side * scale) pixels a side. Raises UnknownName, ModelMissing."""
        ...


class Tokenizer(Protocol):
    def count(self, prompt: str) -> tuple[int, int]:
        """(tokens, the length of the chunks they fill): 10, 75."""
        ...


class ImageStore(Protocol):
    def save(
        self, image: Image, *, kind: str, seed: int, infotext: str, settings: Settings, origin: Origin | None = None
    ) -> Path:
        """`kind`: txt2img, img2img, their grids ("txt2img-grid"), extras, control. Where nothing is to be saved, a file
        that may be cleared later. `origin` is for the file's name.
        """
        ...

    def place(self, kind: str, settings: Settings) -> Path:
        """The folder where a kind of picture belongs; where it cannot be written to, the picture lies elsewhere."""
        ...

    def save_input(self, image: Image, settings: Settings) -> str:
        """Keeps a picture that is redrawn ("input"), and tells its hash."""
        ...

    def save_beside(self, image: Image, path: Path, ending: str, *, infotext: str, is_kept: bool) -> Path:
        """A picture that belongs to a saved one, under its name with an ending ("-mask")."""
        ...


class Executor(Protocol):
    """Where jobs run: a thread of this process, another machine. The queue has one worker for each executor."""

    def run(self, accepted: Accepted, finished: Sequence[Path], progress: Progress) -> Result:
        """Everything but the pictures that an earlier run has finished, which are always the first."""
        ...


class JobStore(Protocol):
    """Every call is on the disk when it returns."""

    def add(self, accepted: Accepted, owner: str) -> str: ...
    def get(self, job_id: str) -> Job | None: ...
    def accepted(self, job_id: str) -> Accepted: ...
    def take(self) -> str | None:
        """The oldest queued job's id, now running; None when nothing waits."""
        ...

    def waiting(self) -> Sequence[str]:
        """The ids of queued jobs, next first."""
        ...

    def add_picture(self, job_id: str, path: Path) -> None: ...
    def add_map(self, job_id: str, path: Path) -> None: ...
    def add_note(self, job_id: str, text: str) -> None: ...
    def add_left_out(self, job_id: str, text: str) -> None: ...
    def set_state(self, job_id: str, state: JobState, error: StudioError | None = None) -> None: ...
    def requeue_interrupted(self) -> None: ...
