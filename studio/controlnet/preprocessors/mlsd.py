"""mlsd: straight lines, for buildings and rooms."""

from PIL import Image

from studio.controlnet.weight_files import MLSD
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "mlsd",
    Slider(name="value", label="MLSD Value Threshold", minimum=0.01, maximum=2, step=0.01, default=0.1),
    Slider(name="distance", label="MLSD Distance Threshold", minimum=0.01, maximum=20, step=0.01, default=0.1),
    types=("MLSD",),
    needs=(MLSD,),
)
def mlsd(image: Image.Image, resolution: int, weights: Weights, *, value: float, distance: float) -> Image.Image:
    from studio.controlnet.edge_networks import straight_lines

    def detect(pixels: Pixels) -> Pixels:
        return straight_lines(pixels, weights, value, distance)

    return at_working_size(image, resolution, detect)
