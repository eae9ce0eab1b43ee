"""softedge_teed: soft edges by TEED, in steps."""

from PIL import Image

from studio.controlnet.strokes import as_pixels, stepped
from studio.controlnet.weight_files import TEED
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "softedge_teed",
    Slider(name="steps", label="Safe Steps", minimum=0, maximum=10, default=2),
    types=("SoftEdge",),
    needs=(TEED,),
)
def softedge_teed(image: Image.Image, resolution: int, weights: Weights, *, steps: int) -> Image.Image:
    from studio.controlnet.edge_networks import teed

    def detect(pixels: Pixels) -> Pixels:
        return as_pixels(stepped(teed(pixels, weights), steps))

    return at_working_size(image, resolution, detect)
