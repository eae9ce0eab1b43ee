"""t2ia_color_grid: the picture as squares of one colour each, 64 pixels a side."""

import cv2
import numpy as np
from PIL import Image

from studio.controlnet.working_size import Pixels, as_drawn, scaled_to
from studio.domain.things import preprocessor

SQUARE = 64


@preprocessor("color", label="t2ia_color_grid", types=("T2I-Adapter",))
def color_grid(image: Image.Image, resolution: int) -> Image.Image:
    def detect(pixels: Pixels) -> Pixels:
        pixels = scaled_to(pixels, resolution)
        height, width = pixels.shape[:2]
        few = cv2.resize(pixels, (max(1, width // SQUARE), max(1, height // SQUARE)), interpolation=cv2.INTER_CUBIC)
        return np.asarray(cv2.resize(few, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)

    return as_drawn(image, detect)
