"""scribble_hed: broad strokes along the edges that HED finds."""

from PIL import Image

from studio.controlnet.strokes import broad_strokes
from studio.controlnet.weight_files import HED
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("scribble_hed", label="scribble_hed", types=("Scribble",), needs=(HED,))
def scribble_hed(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.edge_networks import hed as hed_edges

    def detect(pixels: Pixels) -> Pixels:
        return broad_strokes(hed_edges(pixels, weights))

    return at_working_size(image, resolution, detect)
