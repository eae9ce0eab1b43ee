"""recolor_intensity: the largest of the three channels (V of HSV), as grey."""

import numpy as np
from PIL import Image

from studio.controlnet.working_size import Pixels, as_drawn
from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "recolor_intensity",
    Slider(name="gamma", label="Gamma Correction", minimum=0.1, maximum=2, step=0.001, default=1.0),
    types=("Recolor",),
    has_resolution=False,
)
def recolor_intensity(image: Image.Image, resolution: int, *, gamma: float) -> Image.Image:
    def detect(pixels: Pixels) -> Pixels:
        return ((pixels.max(axis=2) / 255.0) ** gamma * 255).clip(0, 255).astype(np.uint8)

    return as_drawn(image, detect)
