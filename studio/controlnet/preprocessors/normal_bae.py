"""normal_bae: which way surfaces face, by NormalBae."""

from PIL import Image

from studio.controlnet.weight_files import NORMAL_BAE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("normal_bae", types=("NormalMap",), needs=(NORMAL_BAE,))
def normal_bae(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.surface_networks import normal_bae as normals

    def detect(pixels: Pixels) -> Pixels:
        return normals(pixels, weights)

    return at_working_size(image, resolution, detect)
