"""The executor that runs jobs in this process. Another place to run is another file with another `run`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.domain.accepted import Accepted
from studio.domain.ports import Progress
from studio.domain.result import Result


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    generate: Callable[[Accepted, Progress, Sequence[Path]], Result]

    def run(self, accepted: Accepted, finished: Sequence[Path], progress: Progress) -> Result:
        return self.generate(accepted, progress, finished)
