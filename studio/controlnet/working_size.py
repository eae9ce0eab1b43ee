"""The size at which preprocessors look at a picture. Use `at_working_size` in every one that has a resolution."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
"""Height x width x 3 (RGB), or height x width."""


LONGEST_SIDE = 8192


def scaled_to(pixels: Pixels, resolution: int) -> Pixels:
    """The shorter side `resolution` long, or the longer one LONGEST_SIDE: cubic if that enlarges, by area if not."""
    height, width = pixels.shape[:2]
    scale = min(resolution / min(height, width), LONGEST_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size == (width, height):
        return pixels
    return np.asarray(
        cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA), np.uint8
    )


def at_working_size(image: Image.Image, resolution: int, detect: Callable[[Pixels], Pixels]) -> Image.Image:
    """What `detect` makes of the picture with its shorter side `resolution` long.

    It is given sides that are multiples of 64 (the last row and column repeated), which are cut off again.
    """
    pixels = scaled_to(np.asarray(image.convert("RGB")), resolution)
    height, width = pixels.shape[:2]
    return Image.fromarray(np.ascontiguousarray(detect(padded(pixels))[:height, :width])).convert("RGB")


def padded(pixels: Pixels) -> Pixels:
    """Both sides multiples of 64: the last row and column repeated."""
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, -height % 64), (0, -width % 64), (0, 0))[: pixels.ndim], mode="edge")


def as_drawn(image: Image.Image, detect: Callable[[Pixels], Pixels]) -> Image.Image:
    """What `detect` makes of the picture at its own size."""
    return Image.fromarray(np.ascontiguousarray(detect(np.asarray(image.convert("RGB"))))).convert("RGB")
