"""ip-adapter_clip_sdxl: the picture itself, for IP-Adapters that see with CLIP ViT-bigG (`engine/clip_vision.py`)."""

from PIL import Image

from studio.controlnet.weight_files import CLIP_G
from studio.controlnet.weights import Weights
from studio.domain.things import preprocessor


@preprocessor(
    "ip-adapter_clip_sdxl",
    label="ip-adapter_clip_g",
    types=("IP-Adapter",),
    has_resolution=False,
    needs=(CLIP_G,),
)
def ip_adapter_clip_sdxl(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    weights.path(CLIP_G)  # the engine loads it; without it there is nothing to wait for
    return image.convert("RGB")
