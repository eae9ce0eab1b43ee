"""lineart_standard: what is darker than its surroundings, as white lines on black."""

import cv2
import numpy as np
from PIL import Image

from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor

SURROUNDINGS = 6.0
"""The standard deviation of the blur that an ink line is compared with, in pixels."""
NOISE = 8
"""Differences up to here are not ink."""
FAINTEST = 16.0
"""Ink as faint as this is not made stronger."""


def darker_than_surroundings(pixels: Pixels) -> Pixels:
    picture = pixels.astype(np.float32)
    surroundings = cv2.GaussianBlur(picture, (0, 0), SURROUNDINGS)
    ink = (surroundings - picture).min(axis=2).clip(0, 255)
    lines = ink[ink > NOISE]
    strength = max(FAINTEST, float(np.median(lines)) if lines.size else 0.0)
    return (ink / strength * 127).clip(0, 255).astype(np.uint8)


@preprocessor("lineart_standard", label="lineart_standard (from white bg & black line)", types=("Lineart",))
def lineart_standard(image: Image.Image, resolution: int) -> Image.Image:
    return at_working_size(image, resolution, darker_than_surroundings)
