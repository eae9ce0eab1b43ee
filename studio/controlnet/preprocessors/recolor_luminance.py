"""recolor_luminance: how bright the picture looks (L of CIELAB), as grey."""

import cv2
import numpy as np
from PIL import Image

from studio.controlnet.working_size import Pixels, as_drawn
from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "recolor_luminance",
    Slider(name="gamma", label="Gamma Correction", minimum=0.1, maximum=2, step=0.001, default=1.0),
    types=("Recolor",),
    has_resolution=False,
)
def recolor_luminance(image: Image.Image, resolution: int, *, gamma: float) -> Image.Image:
    def detect(pixels: Pixels) -> Pixels:
        luminance = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB))[:, :, 0] / 255.0
        return (luminance**gamma * 255).clip(0, 255).astype(np.uint8)

    return as_drawn(image, detect)
