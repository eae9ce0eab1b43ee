"""inpaint_only+lama: as inpaint_only, with the masked part filled by LaMa, from which the drawing then begins."""

import numpy as np
from PIL import Image

from studio.controlnet.weight_files import LAMA
from studio.controlnet.weights import Weights
from studio.domain.things import preprocessor


@preprocessor("inpaint_only+lama", types=("Inpaint",), has_resolution=False, needs=(LAMA,), takes_mask=True)
def inpaint_only_lama(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.fill_networks import lama

    mask = np.asarray(image.getchannel("A"))
    return Image.fromarray(lama(np.asarray(image.convert("RGB")), mask, weights))
