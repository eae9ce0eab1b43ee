"""What every training stage needs: learning rate by step, checkpoints, and a line of history every so often."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import torch


def rate(step: int, steps: int, peak: float, warm: int = 100, least: float = 0.01) -> float:
    """Learning rate: warm-up, then half a cosine down to `least` of the peak."""
    return peak * min(1.0, (step + 1) / warm) * (least + (1 - least) * 0.5 * (1 + math.cos(math.pi * step / steps)))


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes a checkpoint whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


class History:
    """Averages of a stage's figures, shown as a line and appended to history.jsonl."""

    def __init__(self, work: Path, stage: str, batch: int, every: int = 100, leads: bool = True) -> None:
        self.path, self.stage, self.batch, self.every = work / "history.jsonl", stage, batch, every
        self.leads = leads
        self.began, self.sums, self.count = time.time(), dict[str, float](), 0

    def add(self, step: int, **figures: float) -> None:
        for name, value in figures.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.count += 1
        if (step + 1) % self.every or not self.leads:
            return
        seconds = time.time() - self.began
        means = {name: round(value / self.count, 4) for name, value in self.sums.items()}
        line = {
            "stage": self.stage,
            "step": step + 1,
            "seconds": round(seconds),
            "per_second": round(self.count * self.batch / seconds, 1),
        } | means
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        sys.stderr.write(" ".join(f"{k} {v}" for k, v in line.items()) + "\n")
        self.began, self.sums, self.count = time.time(), {}, 0
