"""What is known of a job while it runs: the Progress that is handed to the work, and what watchers read of it."""

import threading
import time
from pathlib import Path

from PIL.Image import Image

from studio.domain.errors import Cancelled
from studio.domain.ports import JobStore
from studio.domain.result import JobProgress, JobState
from studio.domain.settings import Settings

WATCHED_FOR = 5.0  # seconds after a look during which previews are worth their work


class RunningJob:
    """Written by the worker, read by any thread."""

    def __init__(self, job_id: str, store: JobStore) -> None:
        self.id, self._store = job_id, store
        self.settings = Settings()
        self._lock = threading.Lock()
        self._done, self._total = 0, 0
        self._picture, self._pictures = 0, 1
        self._preview: Image | None = None
        self._preview_number = 0
        self._began = time.monotonic()
        self._looked = 0.0
        self._is_skipped, self._was_cut = False, False
        self.is_cancelled = False
        self.is_stopping = False  # once the picture at hand is finished

    def step(self, done: int, total: int, preview: Image | None = None) -> None:
        with self._lock:
            self._done, self._total = done, total
            if preview is not None:
                self._preview, self._preview_number = preview, self._preview_number + 1
        if self._was_cut:
            raise Cancelled("Interrupted")

    def wants_preview(self, done: int) -> bool:
        is_watched = time.monotonic() - self._looked < WATCHED_FOR
        return is_watched and self.settings.live_previews and done % self.settings.preview_every == 0

    @property
    def end(self) -> JobState:
        """Where the work came to its end without an error."""
        return JobState.cancelled if self._was_cut else JobState.done

    def skip(self) -> None:
        self._is_skipped = True

    def is_skipped(self) -> bool:
        with self._lock:
            asked, self._is_skipped = self._is_skipped, False
            self._was_cut |= self.is_cancelled
        return asked or self._was_cut

    def picture(self, index: int, count: int) -> None:
        if self.is_stopping or self.is_cancelled:
            raise Cancelled("Interrupted")
        with self._lock:
            self._picture, self._pictures = index, count

    def finished(self, path: Path) -> None:
        self._store.add_picture(self.id, path)

    def shown(self, path: Path) -> None:
        self._store.add_map(self.id, path)

    def note(self, text: str) -> None:
        self._store.add_note(self.id, text)

    def progress(self, has_preview: bool = True) -> JobProgress:
        """How far it is. A look also asks for previews, for some seconds."""
        if has_preview:
            self._looked = time.monotonic()
        with self._lock:
            share = min(1.0, self._done / self._total) if self._total else 0.0
            passed = time.monotonic() - self._began
            return JobProgress(
                state=JobState.running,
                share=share,
                step=self._done,
                steps=self._total,
                picture=self._picture,
                pictures=self._pictures,
                seconds_left=passed * (1 / share - 1) if share else 0.0,
                position=0,
                preview=self._preview if has_preview else None,
                preview_number=self._preview_number,
                text="Interrupting" if self.is_cancelled or self.is_stopping else "",
            )


class Unwatched:
    """A Progress that nobody looks at, for work that is over soon."""

    def step(self, done: int, total: int, preview: Image | None = None) -> None: ...
    def wants_preview(self, done: int) -> bool:
        return False

    def is_skipped(self) -> bool:
        return False

    def picture(self, index: int, count: int) -> None: ...
    def finished(self, path: Path) -> None: ...
    def shown(self, path: Path) -> None: ...
    def note(self, text: str) -> None: ...
