"""The classes of ADE20K and COCO in the colours that segmentation networks know. A table is a file in `configs`."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.controlnet.working_size import Pixels

PARTS = 64
"""Pieces in which colours are compared: a photograph has hundreds of thousands."""
CONFIGS = Path(__file__).parents[2] / "configs"
ADE20K, COCO = "ade20k.json", "coco.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassColour:
    name: str
    colour: tuple[int, int, int]


@cache
def class_colours(table: str = ADE20K) -> tuple[ClassColour, ...]:
    """In the order of the classes' numbers."""
    rows = json.loads((CONFIGS / table).read_text(encoding="utf-8"))["classes"]
    return tuple(ClassColour(name=row["name"], colour=tuple(row["colour"])) for row in rows)


def coloured(labels: NDArray[np.integer], table: str = ADE20K) -> Pixels:
    """Class numbers (height x width) as their colours; other numbers are black."""
    colours = np.zeros((256, 3), np.uint8)
    classes = class_colours(table)
    colours[: len(classes)] = [each.colour for each in classes]
    return colours[np.where((labels >= 0) & (labels < len(classes)), labels, 255)]


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
