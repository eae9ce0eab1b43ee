"""An engine that is made at its first use, so that the page is up before torch is."""

import threading
from collections.abc import Callable, Iterator

from studio.domain.plan import Drawn, Prepared
from studio.domain.ports import Engine, Progress


class LazyEngine:
    """`make` imports the heavy libraries and gives the real engine; it is called once, by whoever comes first."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    @property
    def is_ready(self) -> bool:
        return self._engine is not None

    def load(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = self._make()
            return self._engine

    def run(self, prepared: Prepared, progress: Progress) -> Iterator[Drawn]:
        return self.load().run(prepared, progress)
