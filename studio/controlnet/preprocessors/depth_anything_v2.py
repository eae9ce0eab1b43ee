"""depth_anything_v2: how near things are, by Depth Anything 2; near is white."""

from PIL import Image

from studio.controlnet.strokes import as_pixels
from studio.controlnet.weight_files import DEPTH_ANYTHING_V2
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("depth_anything_v2", types=("Depth",), needs=(DEPTH_ANYTHING_V2,))
def depth_anything_v2(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.surface_networks import depth_anything

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(depth_anything(pixels, weights, DEPTH_ANYTHING_V2))

    return at_working_size(image, resolution, detect)
