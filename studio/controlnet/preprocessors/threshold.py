"""threshold: white where all three channels are brighter than the threshold."""

import numpy as np
from PIL import Image

from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "threshold",
    Slider(name="threshold", label="Binarization Threshold", minimum=0, maximum=255, default=127),
)
def threshold_map(image: Image.Image, resolution: int, *, threshold: int) -> Image.Image:
    def detect(pixels: Pixels) -> Pixels:
        return np.where(pixels.min(axis=2) > threshold, 255, 0).astype(np.uint8)

    return at_working_size(image, resolution, detect)
