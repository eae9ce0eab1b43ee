"""The 150 classes of ADE20K in the colours that segmentation networks know. The table is `configs/ade20k.json`."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.controlnet.working_size import Pixels

PARTS = 64
"""Pieces in which colours are compared: a photograph has hundreds of thousands."""
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


def snapped(pixels: Pixels) -> Pixels:
    """Every colour that is no class's becomes the nearest one's; black, which says nothing, stays."""
    codes = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    seen, places = np.unique(codes, return_inverse=True)
    colours = np.stack([seen >> 16, (seen >> 8) & 255, seen & 255], axis=1).astype(np.int32)
    table = np.array([(0, 0, 0), *(each.colour for each in class_colours())], np.int32)
    nearest = np.concatenate(
        [np.square(some[:, None] - table).sum(axis=2).argmin(axis=1) for some in np.array_split(colours, PARTS)]
    )
    return table[nearest].astype(np.uint8)[places].reshape(pixels.shape)
