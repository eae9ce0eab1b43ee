"""depth_leres: how near things are, by LeReS; near is white."""

from PIL import Image

from studio.controlnet.weight_files import LERES
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "depth_leres",
    Slider(name="near", label="Remove Near %", minimum=0, maximum=100, step=0.1, default=0.0),
    Slider(name="background", label="Remove Background %", minimum=0, maximum=100, step=0.1, default=0.0),
    types=("Depth",),
    needs=(LERES,),
)
def depth_leres(
    image: Image.Image, resolution: int, weights: Weights, *, near: float, background: float
) -> Image.Image:
    from studio.controlnet.depth_networks import leres, near_of

    def detect(pixels: Pixels) -> Pixels:
        return near_of(leres(pixels, weights, is_boosted=False), near, background)

    return at_working_size(image, resolution, detect)
