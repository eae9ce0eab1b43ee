"""seg_ofade20k: what everything is, in the colours of ADE20K's 150 classes, by OneFormer."""

from PIL import Image

from studio.controlnet.class_colours import ADE20K, coloured
from studio.controlnet.weight_files import ONEFORMER_ADE20K
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.things import preprocessor


@preprocessor(
    "oneformer_ade20k",
    label="seg_ofade20k",
    types=("Segmentation",),
    aliases=("segmentation_oneformer_ade20k",),
    has_resolution=False,
    needs=(ONEFORMER_ADE20K,),
)
def segmentation_oneformer_ade20k(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.segment_networks import oneformer

    def detect(pixels: Pixels) -> Pixels:
        return coloured(oneformer(pixels, weights, ONEFORMER_ADE20K), ADE20K)

    return at_working_size(image, resolution, detect)
