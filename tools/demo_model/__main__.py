"""Makes the demo model, one stage a command: `python -m tools.demo_model vae`; a new stage is a row in STAGES."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from tools.demo_model.team import run_team


def parse_mix(text: str) -> tuple[tuple[str, float, int], ...]:
    """`128:0.3:64,256:0.7:32` as name, share and batch of each part."""
    rows = [row.split(":") for row in text.split(",")]
    return tuple((name, float(share), int(batch)) for name, share, batch in rows)


def run_vae(a: argparse.Namespace) -> None:
    from tools.demo_model.stage_vae import train_vae

    run_team(a.workers, train_vae, a.work, a.steps, a.batch, a.rate, a.seed, a.stage == "decoder")


def run_cache(a: argparse.Namespace) -> None:
    from tools.demo_model.stage_cache import Contents, build_cache

    width, height = (int(v) for v in a.size.split("x"))
    contents = Contents(seed=a.seed, size=(width, height), pairs=a.pairs, peopled=a.peopled, redrawn=a.redrawn)
    run_team(a.workers, build_cache, a.work, a.name or str(width), a.count, contents)


def pace(a: argparse.Namespace) -> Any:
    """The mix of caches, and how far to train."""
    from tools.demo_model.stage_base import Part, Rates

    mix = tuple(Part(name=name, share=share, batch=batch) for name, share, batch in parse_mix(a.mix))
    return mix, Rates(steps=a.steps, peak=a.rate, tail=a.tail, noisiest=a.noisiest)


def run_base(a: argparse.Namespace) -> None:
    from tools.demo_model.stage_base import train_base

    run_team(a.workers, train_base, a.work, *pace(a), a.seed)


def run_polish(a: argparse.Namespace) -> None:
    from tools.demo_model.stage_polish import train_polish

    run_team(a.workers, train_polish, a.work, *pace(a), a.seed)


def run_control(a: argparse.Namespace) -> None:
    from tools.demo_model.stage_control import FAMILIES, train_control

    run_team(a.workers, train_control, a.work, a.family or list(FAMILIES)[-1], *pace(a), a.seed)


def run_reader(a: argparse.Namespace) -> None:
    from tools.demo_model.stage_reader import train_reader

    train_reader(a.work, a.steps, a.batch, a.rate, a.seed)


def run_small(a: argparse.Namespace) -> None:
    from tools.demo_model.stage_small import SMALL, train_small

    for name in a.name.split(",") if a.name else SMALL:
        train_small(a.work, name, a.folder, a.seed)


def run_second(a: argparse.Namespace) -> None:
    from tools.demo_model.second import write_second

    write_second(a.folder, a.target)


def run_export(a: argparse.Namespace) -> None:
    from tools.demo_model.export import PARTS

    for name in a.parts.split(","):
        PARTS[name](a.work, a.folder)


def run_restore(a: argparse.Namespace) -> None:
    from tools.demo_model.restore import restore

    restore(a.work, a.folder)


STAGES = {
    "restore": run_restore,
    "vae": run_vae,
    "decoder": run_vae,
    "cache": run_cache,
    "base": run_base,
    "polish": run_polish,
    "control": run_control,
    "reader": run_reader,
    "small": run_small,
    "second": run_second,
    "export": run_export,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=tuple(STAGES))
    parser.add_argument("--work", type=Path, default=Path("build/demo"))
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--tail", type=int, default=0, help="over how many last steps the learning rate falls")
    parser.add_argument("--noisiest", type=float, default=100, help="how many times the noisiest samples count at most")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2, help="single-threaded processes that train together")
    parser.add_argument("--size", default="128x128", help="of a cache's pictures, width x height")
    parser.add_argument(
        "--name", default="", help="of a cache, its width where not given; of small files, all if empty"
    )
    parser.add_argument("--count", type=int, default=16000, help="of a cache's pictures")
    parser.add_argument("--pairs", type=float, default=0.35, help="share of a cache's pictures with two objects")
    parser.add_argument(
        "--peopled", type=float, default=0.0, help="share of a cache's pictures with people and windows"
    )
    parser.add_argument("--redrawn", type=float, default=0.0, help="up to which strength the UNet redraws a cache's")
    parser.add_argument("--folder", type=Path, default=Path("models/demo"), help="of the exported weights")
    parser.add_argument(
        "--target", type=Path, default=Path("models/Stable-diffusion/demo-blueprint"), help="of `second`"
    )
    parser.add_argument("--family", default="", help="of ControlNets, as in stage_control.FAMILIES; the last if empty")
    parser.add_argument("--parts", default="base,reader", help="what export writes")
    parser.add_argument("--mix", default="128:1:64", help="caches, shares and batches, as 128:0.3:64,256:0.7:32")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.work.mkdir(parents=True, exist_ok=True)
    STAGES[arguments.stage](arguments)


if __name__ == "__main__":
    main()
