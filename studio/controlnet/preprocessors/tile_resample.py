"""tile_resample: the picture with its details taken away, for the tile network to put new ones in."""

import cv2
import numpy as np
from PIL import Image

from studio.controlnet.working_size import Pixels, as_drawn
from studio.domain.fields import Slider
from studio.domain.things import preprocessor

LEAST_RATE = 1.1
"""Below this rate the picture stays as it is."""


@preprocessor(
    "tile_resample",
    Slider(name="rate", label="Down Sampling Rate", minimum=1, maximum=8, step=0.01, default=1.0),
    types=("Tile",),
    has_resolution=False,
)
def tile_resample(image: Image.Image, resolution: int, *, rate: float) -> Image.Image:
    def detect(pixels: Pixels) -> Pixels:
        height, width = pixels.shape[:2]
        size = (max(1, int(width / rate)), max(1, int(height / rate)))
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)

    return image.convert("RGB") if rate < LEAST_RATE else as_drawn(image, detect)
