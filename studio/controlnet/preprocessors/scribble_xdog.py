"""scribble_xdog: broad strokes by the difference of two blurs (Winnemoeller, XDoG, 2012)."""

import cv2
import numpy as np
from PIL import Image

from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.fields import Slider
from studio.domain.things import preprocessor

NARROW, WIDE = 0.5, 5.0
"""Standard deviations of the two blurs, in pixels."""


@preprocessor(
    "scribble_xdog",
    Slider(name="threshold", label="XDoG Threshold", minimum=1, maximum=64, default=32),
    types=("Scribble",),
)
def scribble_xdog(image: Image.Image, resolution: int, *, threshold: int) -> Image.Image:
    """White where the least of the three differences, doubled, is above the threshold; the strongest edges too."""

    def detect(pixels: Pixels) -> Pixels:
        picture = pixels.astype(np.float32)
        difference = cv2.GaussianBlur(picture, (0, 0), WIDE) - cv2.GaussianBlur(picture, (0, 0), NARROW)
        return np.where(2 * difference.min(axis=2).clip(0, 255) > threshold, 255, 0).astype(np.uint8)

    return at_working_size(image, resolution, detect)
