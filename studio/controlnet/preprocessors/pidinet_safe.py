"""pidinet_safe: edges by PiDiNet in a few steps."""

from PIL import Image

from studio.controlnet.strokes import as_pixels, stepped
from studio.controlnet.weight_files import PIDINET
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("pidinet_safe", label="softedge_pidisafe", types=("SoftEdge",), needs=(PIDINET,))
def pidinet_safe(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.edge_networks import pidinet as pidinet_edges

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(stepped(pidinet_edges(pixels, weights)))

    return at_working_size(image, resolution, detect)
