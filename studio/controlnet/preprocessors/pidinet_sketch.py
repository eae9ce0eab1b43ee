"""pidinet_sketch: hard edges by PiDiNet, as T2I-Adapter's sketch was trained on."""

from PIL import Image

from studio.controlnet.strokes import as_pixels
from studio.controlnet.weight_files import PIDINET
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor

EDGE = 0.5


@preprocessor("pidinet_sketch", label="t2ia_sketch_pidi", types=("T2I-Adapter",), needs=(PIDINET,))
def pidinet_sketch(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.edge_networks import pidinet

    def detect(pixels: Pixels) -> Pixels:
        found = pidinet(pixels, weights)
        return as_pixels((found > EDGE).astype(found.dtype))

    return at_working_size(image, resolution, detect)
