"""depth_zoe: how near things are, by ZoeDepth; near is white."""

from PIL import Image

from studio.controlnet.strokes import as_pixels
from studio.controlnet.weight_files import ZOE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("depth_zoe", types=("Depth",), has_resolution=False, needs=(ZOE,))
def depth_zoe(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.depth_networks import zoe

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(zoe(pixels, weights))

    return at_working_size(image, resolution, detect)
