"""Scores the bundled model: `python -m tools.demo_model.evaluate --write`; a new figure is a row of ALL_TRIALS.

Trials run in processes of one thread each, which on few cores do more than threads that wait for each other at every
operation; only the speed is measured with all threads, and before the others begin.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from transformers import CLIPTextModel

from studio.devices.device import is_bf16_fast
from tools.demo_model.control_trials import MEASURES, control
from tools.demo_model.drawing import Painter
from tools.demo_model.engine_trial import engine
from tools.demo_model.small_trials import SMALL
from tools.demo_model.stage_control import FAMILIES
from tools.demo_model.stage_reader import Reader
from tools.demo_model.trials import TRIALS, Bench, Row

ALL_TRIALS = {**TRIALS, **SMALL, "engine": engine} | {kind: partial(control, kind=kind) for kind in MEASURES}
ALONE = "speed"
MARKS = ("<!-- scores -->", "<!-- end of scores -->")


@cache
def load_bench(folder: Path, samples: int, control_samples: int) -> Bench:
    dtype = torch.bfloat16 if is_bf16_fast() else torch.float32  # as the studio draws

    def ready(kind: Any, name: str, dtype: torch.dtype = dtype) -> Any:
        net = kind.from_pretrained(folder / name, dtype=dtype).eval()
        return net.to(memory_format=torch.channels_last)

    painter = Painter(
        ready(AutoencoderKL, "vae", torch.float32),
        ready(UNet2DConditionModel, "unet"),
        CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32).eval(),
    )
    found = [name for name in FAMILIES if (folder / "controlnet" / name).is_dir()]
    controls = {name: ready(ControlNetModel, f"controlnet/{name}") for name in found}
    reader = Reader(folder / "reader" / "demo_reader.safetensors")
    return Bench(painter=painter, reader=reader, samples=samples, control_samples=control_samples, controls=controls)


def rows_of(folder: Path, samples: int, control_samples: int, name: str) -> tuple[list[Row], float]:
    """A trial's lines, and the seconds that it took."""
    bench, began = load_bench(folder, samples, control_samples), time.monotonic()
    return ALL_TRIALS[name](bench), time.monotonic() - began


def all_rows(asked: partial[tuple[list[Row], float]], names: list[str], workers: int) -> Iterator[Row]:
    """In the order of the names; what is done is printed at once."""
    spawned = multiprocessing.get_context("spawn")
    first = {name: asked(name) for name in names if name == ALONE}
    with ProcessPoolExecutor(workers, spawned, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        coming = {name: pool.submit(asked, name) for name in names if name not in first}
        for name in names:
            rows, seconds = first.get(name) or coming[name].result()
            sys.stdout.write("".join(f"{line(row)}\n" for row in rows) + f"  ({name}: {seconds:.0f} s)\n")
            sys.stdout.flush()
            yield from rows


def line(row: Row) -> str:
    verdict = "" if row.least is None else ("short" if row.falls_short else "yes")
    return f"| {row.name} | {row.text} | {verdict} |"


def write_table(card: Path, rows: list[Row], seconds: float) -> None:
    """Puts the table between the marks of the model card."""
    text = card.read_text()
    before, rest = text.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    table = ["| what | measured, with its 95 % interval | as asked |", "|---|---|---|", *(line(row) for row in rows)]
    took = f"\nMeasured in {seconds / 60:.0f} minutes by `python -m tools.demo_model.evaluate`.\n"
    card.write_text(before + MARKS[0] + "\n" + "\n".join(table) + "\n" + took + MARKS[1] + after)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("models/demo"))
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument(
        "--control-samples", type=int, default=0, help="of each control type; two fifths of --samples if 0"
    )
    parser.add_argument("--only", default="", help=f"some of {', '.join(ALL_TRIALS)}")
    parser.add_argument("--workers", type=int, default=torch.get_num_threads(), help="trials at the same time")
    parser.add_argument("--write", action="store_true", help="put the table into the model card")
    arguments = parser.parse_args()
    controls = arguments.control_samples or max(8, arguments.samples * 2 // 5)
    chosen = arguments.only.split(",") if arguments.only else list(ALL_TRIALS)
    began = time.monotonic()
    rows = list(all_rows(partial(rows_of, arguments.folder, arguments.samples, controls), chosen, arguments.workers))
    if arguments.write:
        write_table(arguments.folder / "README.md", rows, time.monotonic() - began)
    sys.exit(1 if any(row.falls_short for row in rows) else 0)


if __name__ == "__main__":
    main()
