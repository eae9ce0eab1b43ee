"""depth_anything: how near things are, by Depth Anything; near is white."""

from PIL import Image

from studio.controlnet.strokes import as_pixels
from studio.controlnet.weight_files import DEPTH_ANYTHING
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("depth_anything", types=("Depth",), needs=(DEPTH_ANYTHING,))
def depth_anything_v1(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.surface_networks import depth_anything

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(depth_anything(pixels, weights, DEPTH_ANYTHING))

    return at_working_size(image, resolution, detect)
