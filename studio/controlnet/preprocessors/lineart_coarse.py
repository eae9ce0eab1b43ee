"""lineart_coarse: a line drawing with few lines."""

from PIL import Image

from studio.controlnet.strokes import as_pixels
from studio.controlnet.weight_files import LINEART_COARSE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("lineart_coarse", label="lineart_coarse", types=("Lineart",), needs=(LINEART_COARSE,))
def lineart_coarse(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.edge_networks import line_drawing

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(line_drawing(pixels, weights, LINEART_COARSE))

    return at_working_size(image, resolution, detect)
