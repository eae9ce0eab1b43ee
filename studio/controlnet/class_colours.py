"""The 150 classes of ADE20K in the colours that segmentation networks know. The table is `configs/ade20k.json`."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.controlnet.working_size import Pixels

TABLE = Path(__file__).parents[2] / "configs" / "ade20k.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassColour:
    name: str
    colour: tuple[int, int, int]


@cache
def class_colours() -> tuple[ClassColour, ...]:
    """In the order of the classes' numbers."""
    rows = json.loads(TABLE.read_text(encoding="utf-8"))["classes"]
    return tuple(ClassColour(name=row["name"], colour=tuple(row["colour"])) for row in rows)


def coloured(labels: NDArray[np.integer]) -> Pixels:
    """Class numbers (height x width) as their colours; other numbers are black."""
    colours = np.zeros((256, 3), np.uint8)
    table = class_colours()
    colours[: len(table)] = [each.colour for each in table]
    return colours[np.where((labels >= 0) & (labels < len(table)), labels, 255)]
