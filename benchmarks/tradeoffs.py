"""What is given for speed and memory, and what it brings: `python -m benchmarks.tradeoffs`.

Time: whole pictures of real-size SD 1.5 (random weights), each way after the others in turn, over the plain way of the
same turn; by the clock, and by the processor's own count, which other work on the machine disturbs less. Cost: pictures
of the bundled model, which has learned something, against the plain ones of the same seeds: mean difference of their
pixels in levels of 255, beside that of other seeds; and their processor's time over that of the plain ones. Compiling:
its first picture, how long it takes until all is compiled, and a later picture, in a process of its own that begins
with an empty folder, and in one that begins with what the first has kept. A new way is a row of WAYS.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.engine import ROOT, Asked, Silent, device_of, draw, engine_of, manager, txt2img
from benchmarks.random_model import random_sd15
from benchmarks.results import kept
from benchmarks.timing import Measured, measure, median
from studio.devices.memory import bytes_of
from studio.domain.plan import Drawn, Prepared
from studio.domain.settings import Settings
from studio.engine.compiling import Compiler
from studio.engine.pipeline_manager import PipelineManager

PLAIN = "plain"
WAYS: Mapping[str, Settings] = {
    PLAIN: Settings(),
    "no negative below 3": Settings(negative_from_sigma=3.0),
    "no negative below 3, all steps": Settings(negative_from_sigma=3.0, negative_skips_all=True),
    "no negative, first 0.2": Settings(skips_early_negative=0.2),
    "token merging 0.5": Settings(token_merging=0.5),
    "deep features every 2": Settings(caching_interval=2),
    "deep features every 3": Settings(caching_interval=3),
    "deep features every 3, depth 3": Settings(caching_interval=3, caching_depth=3),
    "merging 0.5, every 3": Settings(token_merging=0.5, caching_interval=3),
    "weights in FP8": Settings(fp8="Enable"),
    "compiled": Settings(compiles=True),
}
BY_SIZE = (PLAIN, "token merging 0.5", "merging 0.5, every 3", "compiled")
"""Those whose gain depends on the size; the others are timed at the first size alone."""
SEEDS = range(1, 5)
COMPILED = ROOT / "build" / "benchmarks" / "compiled"


def asked_with(asked: Asked, settings: Settings) -> Prepared:
    given = txt2img(asked)
    return replace(given, plan=replace(given.plan, settings=settings))


def prepared_engine(models: PipelineManager, asked: Asked, names: list[str]) -> Any:
    """What loads, packs, encodes and compiles does not count."""
    compiler = Compiler(COMPILED)
    engine = engine_of("ours", models, compiler)
    for name in names:
        draw(engine, asked_with(replace(asked, steps=1), WAYS[name]))
    compiler.wait()
    return engine


def times(models: PipelineManager, asked: Asked, names: list[str], rounds: int) -> None:
    engine = prepared_engine(models, asked, names)
    taken: dict[str, list[Measured]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            given = asked_with(replace(asked, seed=number + 2), WAYS[name])
            taken[name].append(measure(lambda given=given: draw(engine, given)))
    print(f"{asked.side} px, {asked.steps} steps, seconds plain: {median([each.wall for each in taken[PLAIN]]):.1f}")
    for name, found in taken.items():
        pairs = list(zip(found, taken[PLAIN], strict=True))
        wall = median([one.wall / plain.wall for one, plain in pairs])
        processor = median([one.processor / plain.processor for one, plain in pairs])
        print(f"  {name:32} {wall:.2f} of the time, {processor:.2f} of the processor's", flush=True)


@dataclass(frozen=True, slots=True)
class Picture:
    pixels: np.ndarray
    processor: float


def pictures(models: PipelineManager, asked: Asked, names: list[str]) -> dict[str, list[Picture]]:
    """Each seed by each way in turn."""
    engine, found = prepared_engine(models, asked, names), {name: list[Picture]() for name in names}
    for seed in SEEDS:
        for name in names:
            given, drawn = asked_with(replace(asked, seed=seed), WAYS[name]), list[Drawn]()
            taken = measure(lambda given=given, drawn=drawn: drawn.extend(engine.run(given, Silent())))
            found[name].append(Picture(np.asarray(drawn[0].image).astype(int), taken.processor))
    return found


def costs(models: PipelineManager, asked: Asked, names: list[str]) -> None:
    found = pictures(models, asked, names)
    plain = np.stack([each.pixels for each in found[PLAIN]])
    print(f"{asked.model}, {asked.side} px, {asked.steps} steps, {len(plain)} seeds: mean difference of the pixels")
    print(f"  {'another seed':32} {abs(plain - np.roll(plain, 1, axis=0)).mean():.1f}")
    for name, drawn in found.items():
        difference = abs(np.stack([each.pixels for each in drawn]) - plain).mean()
        pairs = zip(drawn, found[PLAIN], strict=True)
        share = median([one.processor / other.processor for one, other in pairs])
        print(f"  {name:32} {difference:.1f}, {share:.2f} of the processor's time", flush=True)


def compiling(asked: Asked, models: Path, threads: int) -> None:
    """Both starts; a failure is what the second process says."""
    print(f"{asked.model}, {asked.side} px, {asked.steps} steps, compiled")
    with tempfile.TemporaryDirectory() as folder:
        for number in ("first", "second"):
            where = ["--start", folder, "--models", str(models), "--model", asked.model]
            size = ["--sides", str(asked.side), "--steps", str(asked.steps), "--threads", str(threads)]
            told = subprocess.run(
                [sys.executable, "-m", "benchmarks.tradeoffs", *where, *size],
                capture_output=True,
                text=True,
                check=True,
            )
            print(f"  {number} start: {told.stdout.strip()}", flush=True)


def start(asked: Asked, models: Path, folder: Path) -> None:
    """In this process: a plain picture, the first with compiling on, what is left to wait for, and a later one."""
    compiler = Compiler(folder)
    engine = engine_of("ours", manager(models, device_of("ours")), compiler)
    draw(engine, asked_with(replace(asked, steps=1), WAYS[PLAIN]))
    given = {name: asked_with(asked, WAYS[name]) for name in (PLAIN, "compiled")}
    plain = measure(lambda: draw(engine, given[PLAIN]))
    first = measure(lambda: draw(engine, given["compiled"]))
    rest = measure(compiler.wait)
    later = measure(lambda: draw(engine, given["compiled"]))
    assert not compiler.failure, compiler.failure
    print(
        f"plain picture {plain.wall:.1f} s; first picture {first.wall:.1f} s, all compiled"
        f" {first.wall + rest.wall:.1f} s after its begin, later picture {later.wall:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "benchmarks")
    parser.add_argument("--sides", type=int, nargs="*", default=[256, 512], help="none: the bundled model alone")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS), metavar="WAY")
    parser.add_argument("--start", type=Path, help="only time one start with this folder of compiled code")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--model", default="demo")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.start:
        start(Asked(model=given.model, side=given.sides[0], steps=given.steps), given.models, given.start)
        return
    names = list(dict.fromkeys([PLAIN, *given.ways]))
    folder = given.work / "models" / "Stable-diffusion"
    title = random_sd15(folder / "sd15-random").name
    with kept("tradeoffs"):
        models = manager(folder, device_of("ours"))
        for number, side in enumerate(given.sides):
            timed = [name for name in names if number == 0 or name in BY_SIZE]
            times(models, Asked(model=title, side=side, steps=given.steps), timed, given.rounds)
        if given.sides and "weights in FP8" in names:
            whole, small = (bytes_of(models.load(title, fp8=choice).unet) for choice in ("Disable", "Enable"))
            print(f"bytes of the UNet's weights in FP8: {small / whole:.3f}")
        if "compiled" in names:
            compiling(Asked(model="demo", side=256, steps=20), ROOT / "models", given.threads)
            for side in given.sides[:1]:
                compiling(Asked(model=title, side=side, steps=given.steps), folder, given.threads)
        costs(manager(ROOT / "models", device_of("ours")), Asked(model="demo", side=256, steps=20), names)


if __name__ == "__main__":
    main()
