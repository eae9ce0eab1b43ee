"""pidinet_scribble: broad strokes along the edges that PiDiNet finds."""

from PIL import Image

from studio.controlnet.strokes import broad_strokes
from studio.controlnet.weight_files import PIDINET
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("pidinet_scribble", label="scribble_pidinet", types=("Scribble",), needs=(PIDINET,))
def pidinet_scribble(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.edge_networks import pidinet as pidinet_edges

    def detect(pixels: Pixels) -> Pixels:
        return broad_strokes(pidinet_edges(pixels, weights))

    return at_working_size(image, resolution, detect)
