"""hed: soft edges by HED."""

from PIL import Image

from studio.controlnet.strokes import as_pixels
from studio.controlnet.weight_files import HED
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("hed", label="softedge_hed", types=("SoftEdge",), needs=(HED,))
def hed(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.edge_networks import hed as hed_edges

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(hed_edges(pixels, weights))

    return at_working_size(image, resolution, detect)
