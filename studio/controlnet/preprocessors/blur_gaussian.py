"""blur_gaussian: the picture out of focus."""

import cv2
import numpy as np
from PIL import Image

from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "blur_gaussian",
    Slider(name="sigma", label="Sigma", minimum=0.01, maximum=64, step=0.01, default=9.0),
    types=("Tile",),
)
def blur_gaussian(image: Image.Image, resolution: int, *, sigma: float) -> Image.Image:
    def detect(pixels: Pixels) -> Pixels:
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)

    return at_working_size(image, resolution, detect)
