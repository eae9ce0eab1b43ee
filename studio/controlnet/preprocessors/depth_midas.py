"""depth_midas: how near things are, by MiDaS; near is white."""

from PIL import Image

from studio.controlnet.strokes import as_pixels
from studio.controlnet.weight_files import MIDAS
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("depth", label="depth_midas", types=("Depth",), needs=(MIDAS,))
def depth_midas(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.surface_networks import from_0_to_1, midas

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(from_0_to_1(midas(pixels, weights)))

    return at_working_size(image, resolution, detect)
