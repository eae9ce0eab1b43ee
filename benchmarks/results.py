"""What a benchmark prints is kept beside the machine that it ran on: benchmarks/results/<name>.md."""

import contextlib
import datetime
import io
import os
import platform
import sys
from collections.abc import Generator
from pathlib import Path

import torch

from studio.devices.device import is_bf16_fast

FOLDER = Path(__file__).parent / "results"


@contextlib.contextmanager
def kept(name: str) -> Generator[None]:
    """Replaces the results of an earlier run; a run that fails leaves them."""
    printed = Echo()
    with contextlib.redirect_stdout(printed):
        yield
    FOLDER.mkdir(exist_ok=True)
    command = f"`python -m benchmarks.{name} {' '.join(sys.argv[1:])}".rstrip() + "`"
    text = f"{command}, {datetime.date.today()}, {machine()}\n\n```\n{printed.getvalue()}```\n"
    (FOLDER / f"{name}.md").write_text(text, encoding="utf-8")


class Echo(io.StringIO):
    """Prints, and keeps what it printed."""

    def write(self, text: str) -> int:
        sys.__stdout__.write(text)  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]
        return super().write(text)


def machine() -> str:
    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
    precision = "bfloat16 in hardware" if is_bf16_fast() else "float32"
    return f"{os.cpu_count()} cores ({processor()}), {precision}, torch {torch.__version__}"


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
