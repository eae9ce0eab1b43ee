"""Wall time, processor time and memory of a piece of work. A new measure is a function here."""

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds; `processor` is of all threads of this process."""

    wall: float
    processor: float


def measure(work: Callable[[], object]) -> Measured:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return Measured(time.perf_counter() - wall, time.process_time() - processor)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def peak_memory() -> float:
    """GiB that this process has held at most, since it began; of the card where there is one.

    On Linux as the kernel counts it for this program: rusage also counts what the parent held when it started it.
    """
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**30
    status = Path("/proc/self/status")
    if status.is_file():
        lines = (line.split() for line in status.read_text().splitlines())
        return next(int(line[1]) for line in lines if line[0] == "VmHWM:") / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def matrix_rate(dtype: torch.dtype, device: torch.device, side: int = 2048) -> float:
    """TFLOP/s of a plain matrix product."""
    one = torch.randn(side, side, device=device).to(dtype)
    times = [measure(lambda: one @ one).wall for _ in range(4)]
    return 2 * side**3 / min(times) / 1e12
