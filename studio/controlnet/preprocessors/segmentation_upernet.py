"""seg_ufade20k: what everything is, in the colours of ADE20K's 150 classes, by UperNet."""

from PIL import Image

from studio.controlnet.class_colours import coloured
from studio.controlnet.weight_files import UPERNET
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor("segmentation", label="seg_ufade20k", types=("Segmentation",), needs=(UPERNET,))
def segmentation_upernet(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.segment_networks import upernet

    def detect(pixels: Pixels) -> Pixels:
        return coloured(upernet(pixels, weights))

    return at_working_size(image, resolution, detect)
