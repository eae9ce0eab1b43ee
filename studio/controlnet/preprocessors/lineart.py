"""lineart: a line drawing of a photograph."""

from PIL import Image

from studio.controlnet.strokes import as_pixels
from studio.controlnet.weight_files import LINEART
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("lineart", label="lineart_realistic", types=("Lineart",), needs=(LINEART,))
def lineart(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.edge_networks import line_drawing

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(line_drawing(pixels, weights, LINEART))

    return at_working_size(image, resolution, detect)
