"""Makes the demo model, one stage a command: `python -m tools.demo_model vae | decoder | cache | base | ...`; a new stage is a row in STAGES."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=("vae", "decoder"))
    parser.add_argument("--work", type=Path, default=Path("build/demo"))
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.work.mkdir(parents=True, exist_ok=True)
    from tools.demo_model.stage_vae import train_vae

    train_vae(arguments.work, arguments.steps, arguments.batch, arguments.rate, arguments.seed, arguments.stage == "decoder")


if __name__ == "__main__":
    main()
