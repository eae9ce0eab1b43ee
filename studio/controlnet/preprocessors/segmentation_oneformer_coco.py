"""seg_ofcoco: what everything is, in the colours of COCO's 133 classes, by OneFormer."""

from PIL import Image

from studio.controlnet.class_colours import COCO, coloured
from studio.controlnet.weight_files import ONEFORMER_COCO
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor(
    "oneformer_coco",
    label="seg_ofcoco",
    types=("Segmentation",),
    aliases=("segmentation_oneformer_coco",),
    has_resolution=False,
    needs=(ONEFORMER_COCO,),
)
def segmentation_oneformer_coco(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.segment_networks import oneformer

    def detect(pixels: Pixels) -> Pixels:
        return coloured(oneformer(pixels, weights, ONEFORMER_COCO), COCO)

    return at_working_size(image, resolution, detect)
