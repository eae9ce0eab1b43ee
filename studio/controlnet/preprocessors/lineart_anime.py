"""lineart_anime: a line drawing of an anime picture."""

from PIL import Image

from studio.controlnet.strokes import as_pixels
from studio.controlnet.weight_files import LINEART_ANIME
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("lineart_anime", label="lineart_anime", types=("Lineart",), needs=(LINEART_ANIME,))
def lineart_anime(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.edge_networks import anime_drawing

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(anime_drawing(pixels, weights))

    return at_working_size(image, resolution, detect)
