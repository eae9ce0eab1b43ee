"""demo_normal: surface normals of demo world pictures, by the reader: red left, green up, blue front."""

import cv2
import numpy as np
from PIL import Image

from studio.controlnet.demo_reader import READER, demo_reader
from studio.controlnet.weights import Weights
from studio.domain.things import preprocessor

SMOOTH = 1 / 128
"""Depth is smoothed over so much of the shorter side first, so that the reader's own grain does not show."""


@preprocessor("demo_normal", types=("NormalMap",), needs=(READER,), has_resolution=False)
def demo_normal(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.networks.demo_reading import depth_map, normals_of

    near = depth_map(demo_reader(weights), image)
    return Image.fromarray(normals_of(np.asarray(cv2.GaussianBlur(near, (0, 0), SMOOTH * min(image.size)), np.uint8)))
