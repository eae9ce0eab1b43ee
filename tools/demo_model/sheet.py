"""Sheets of pictures with their prompts below, to look at; a new sheet is a function that writes tiles."""

from __future__ import annotations

import textwrap
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

PROMPTS = (
    "a red house on grass, day",
    "a green tree on sand, sunset",
    "a pink car in the snow, night",
    "an orange boat on the beach, day",
    "a blue bench on the beach at sunset",
    "a white bus stop sign on a street, night",
    "a yellow ball on grass, day",
    "a purple flower in a meadow",
    "a yellow sun in the middle, day, grass",
    "a white moon on the right, night, snow",
    "a pink star, sunset, sand",
    "an orange cloud on the left, night, street",
    "a red car on the left and a yellow moon on the right, night, street",
    "a blue boat on the left and a white cloud on the right, day, sand",
    "a purple tree on the left and a pink house on the right, sunset, snow",
    "a yellow flower on the left and a red ball on the right, day, grass",
)


def labelled(image: np.ndarray, text: str, width: int) -> np.ndarray:
    """The picture at `width`, with its caption on a strip below."""
    strip = np.full((34, width, 3), 250, np.uint8)
    for i, line in enumerate(textwrap.wrap(text, width // 6)[:2]):
        cv2.putText(strip, line, (4, 13 + 14 * i), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (60, 50, 60), 1, cv2.LINE_AA)
    height = width * image.shape[0] // image.shape[1]
    return np.concatenate([cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), strip])


def write_sheet(path: Path, tiles: list[np.ndarray], columns: int, colours: int = 0) -> None:
    """PNG; with `colours`, reduced to so many, which keeps bundled sheets small."""
    blank = np.full_like(tiles[0], 250)
    tiles = tiles + [blank] * (-len(tiles) % columns)
    sheet = np.concatenate([np.concatenate(tiles[i : i + columns], 1) for i in range(0, len(tiles), columns)])
    picture = Image.fromarray(sheet)
    (picture.quantize(colours) if colours else picture).save(path, optimize=True)
