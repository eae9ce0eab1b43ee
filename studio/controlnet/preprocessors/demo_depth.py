"""demo_depth: depth of a picture of the demo world, by the bundled reader; near is white."""

import numpy as np
from PIL import Image

from studio.controlnet.demo_reader import READER, demo_reader
from studio.controlnet.weights import Weights
from studio.domain.things import preprocessor


@preprocessor("demo_depth", types=("Depth",), needs=(READER,), has_resolution=False)
def demo_depth(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.networks.demo_reading import depth_map

    near = depth_map(demo_reader(weights), image)
    return Image.fromarray(np.repeat(near[:, :, None], 3, 2))
