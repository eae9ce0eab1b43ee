"""The machine that draws, made at its first use, so that the page is up before torch is."""

import threading
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Protocol

from studio.domain.plan import Drawn, Prepared
from studio.domain.ports import Engine, Progress, Weights


class Machine(Engine, Weights, Protocol):
    """An engine that also keeps other rooms' networks, in the same memory and on the same device."""

    def keep(self, key: Hashable, load: Callable[[Any], Any]) -> Any:
        """What `load` gives for the device, from memory where it is there."""
        ...


class LazyMachine:
    """`make` imports the heavy libraries and gives the real machine; it is called once, by whoever comes first."""

    def __init__(self, make: Callable[[], Machine]) -> None:
        self._make = make
        self._machine: Machine | None = None
        self._lock = threading.Lock()

    @property
    def is_ready(self) -> bool:
        return self._machine is not None

    def load(self) -> Machine:
        with self._lock:
            if self._machine is None:
                self._machine = self._make()
            return self._machine

    def run(self, prepared: Prepared, progress: Progress) -> Iterator[Drawn]:
        return self.load().run(prepared, progress)

    def keep(self, key: Hashable, load: Callable[[Any], Any]) -> Any:
        return self.load().keep(key, load)

    def warm(self, checkpoint: str, vae: str, fp8: str) -> None:
        self.load().warm(checkpoint, vae, fp8)

    def unload(self) -> None:
        if self._machine is not None:
            self._machine.unload()
