"""pidinet: soft edges by PiDiNet."""

from PIL import Image

from studio.controlnet.strokes import as_pixels
from studio.controlnet.weight_files import PIDINET
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("pidinet", label="softedge_pidinet", types=("SoftEdge",), needs=(PIDINET,))
def pidinet(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.edge_networks import pidinet as pidinet_edges

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(pidinet_edges(pixels, weights))

    return at_working_size(image, resolution, detect)
