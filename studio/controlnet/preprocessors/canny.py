"""canny: edges by Canny's method (1986): above the high threshold, or above the low one and joined to such."""

import cv2
import numpy as np
from PIL import Image

from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "canny",
    Slider(name="low_threshold", label="Low Threshold", minimum=1, maximum=255, default=100),
    Slider(name="high_threshold", label="High Threshold", minimum=1, maximum=255, default=200),
    types=("Canny",),
)
def canny(image: Image.Image, resolution: int, *, low_threshold: int, high_threshold: int) -> Image.Image:
    def detect(pixels: Pixels) -> Pixels:
        return np.asarray(cv2.Canny(pixels, low_threshold, high_threshold), np.uint8)

    return at_working_size(image, resolution, detect)
