"""mobile_sam: everything that can be told apart, each in a colour of its own."""

from PIL import Image

from studio.controlnet.weight_files import MOBILE_SAM
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("mobile_sam", types=("Segmentation",), needs=(MOBILE_SAM,))
def mobile_sam(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.segment_networks import segment_anything

    def detect(pixels: Pixels) -> Pixels:
        return segment_anything(pixels, weights)

    return at_working_size(image, resolution, detect)
