"""normal_midas: which way surfaces face, from the depth that MiDaS sees."""

from PIL import Image

from studio.controlnet.weight_files import MIDAS
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "normal_map",
    Slider(name="background", label="Normal Background Threshold", minimum=0, maximum=1, step=0.01, default=0.4),
    label="normal_midas",
    types=("NormalMap",),
    needs=(MIDAS,),
)
def normal_midas(image: Image.Image, resolution: int, weights: Weights, *, background: float) -> Image.Image:
    from studio.controlnet.surface_networks import midas, normals_of

    def detect(pixels: Pixels) -> Pixels:
        return normals_of(midas(pixels, weights), background)

    return at_working_size(image, resolution, detect)
